// The JSON that travels between the server and its pages. Types only: browsers never load this file.
// The server's side is in chat.py, kiosk.py and bot/channels/web.py; tests/web/test_shapes.py compares the two.

/** What the chat's page knows from the start (`#settings`). */
export interface Settings {
  /** The account that this page was made for. */
  account: string;
  title: string;
  /** The name of the person's unit; empty when there is none. */
  unit: string;
  language: "vi" | "en";
  demo: boolean;
  max_upload_bytes: number;
  /** Sentences by their keys; names in braces are filled in. */
  strings: Record<string, string>;
  /** Only at a kiosk. */
  kiosk: KioskSettings | null;
}

/** How a kiosk's page counts a turn, in milliseconds. */
export interface KioskTimes {
  /** Silence that ends a turn. */
  silence: number;
  /** How long before that end the page warns. */
  warning: number;
  /** How often the page reports a touch, at most. */
  report: number;
  /** How long unsent messages may delay the end of a turn. */
  longest: number;
}

export interface KioskSettings extends KioskTimes {
  /** The person has left already; the page only sends what it still holds. */
  left: boolean;
}

/** A bubble: who wrote it (`in`: the person, `out`: the bot) and what it shows. */
export interface Line {
  /** Grows with each bubble. */
  id: number;
  /** Grows with each change in the chat; a higher one replaces what is shown. */
  rev: number;
  side: "in" | "out";
  /** ISO 8601, with its offset. */
  at: string;
  /** The key of the message or press that this bubble answers or repeats. */
  key?: string;
  /** Escaped, with `<b>` and `<i>` as its only tags. */
  text?: string;
  pictures?: Picture[];
  documents?: SharedDocument[];
  rows?: Choice[][];
}

export interface Picture {
  alt: string;
  url: string;
  /** The server is still drawing it, and `url` is empty. */
  pending: boolean;
  /** The same picture for dark screens. */
  dark?: string;
}

export interface SharedDocument {
  name: string;
  /** In bytes; 0 when it is unknown. */
  size: number;
  /** Empty where it must not be opened, as at a kiosk. */
  url: string;
}

/** A button under a bubble: it opens an address or sends an action. */
export type Choice =
  | { label: string; url: string; action?: undefined }
  | { label: string; action: string; url?: undefined };

/** The events of the live stream, by name. */
export interface StreamEvents {
  line: Line;
  /** Whether there are older bubbles than the ones sent. */
  older: { more: boolean };
  /** Everything up to now has been sent. */
  ready: Record<string, never>;
  signed_out: Record<string, never>;
}

/** The answer of `history`, oldest bubble first. */
export interface HistoryAnswer {
  lines: Line[];
  more: boolean;
}

/** The body of `send`: words, or the press of a button in the bubble `line`. */
export interface SendBody {
  key: string;
  text?: string;
  action?: string;
  line?: number;
  label?: string;
}

/** The answer of `send` and `upload`. */
export interface SendAnswer {
  ok?: true;
  /** A sentence for the person; empty when there is none. */
  error?: string;
  signed_out?: true;
  /** In seconds. */
  retry_after?: number;
}

/** The answer of `take`: a code for going on with one's own phone. */
export interface TakeAnswer {
  code: string;
  url: string;
  /** A data URL of the QR code. */
  picture: string;
  /** The sentence that says how long the code works. */
  until: string;
}
