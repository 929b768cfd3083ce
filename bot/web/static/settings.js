// @ts-check
// What the server tells this page: whose chat it is, its language and its sentences.

/** @import { Settings } from "../shapes.d.ts" */

/** @type {Settings} */
export const settings = JSON.parse(document.getElementById("settings")?.textContent ?? "");

/** Sent with every request. The account is in it because another window may have signed somebody else in since. */
export const headers = { "X-Requested-With": "chat", "X-Account": settings.account };

/**
 * The sentence of a key, with the names in its braces filled in.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function say(key, values = {}) {
  return (settings.strings[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}
