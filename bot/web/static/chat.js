// @ts-check
// The web chat's page: shows what the server's transcript says, and sends what is typed, pressed and chosen.
//
// Each module below takes care of its own part of the page from the moment it is loaded. There is no build step:
// browsers load the modules as they stand here. Workers have cheap phones that get no updates, so these use nothing
// newer than browsers of early 2022 (Chrome 86, Safari 15.4, whose youngest part is <dialog>): no import map, no
// top-level await, and of the standard library what tsconfig.json lets through.

import "./curtain.js";
import "./attachments.js";
import "./connection.js";
import "./history.js";
import "./keyboard.js";
import "./menu.js";
import { startTyping } from "./composer.js";
import { hasLeft } from "./curtain.js";
import { drawUnsent } from "./pending.js";

if (!hasLeft) drawUnsent();
startTyping();
