// @ts-check
// What outlives a reload: unsent messages and the draft, kept in the browser's storage.

import { settings } from "./settings.js";

// At a kiosk nothing may outlive the window; the page itself makes sure that nothing outlives its person.
const isKiosk = settings.kiosk !== null;
// Several people may use one browser, each under a path or an account of their own.
const prefix = `sk:${new URL(".", location.href).pathname}:${settings.account}:`;

/** Private windows refuse access to the storage as such, so every access may throw. */
const storage = () => (isKiosk ? window.sessionStorage : window.localStorage);

/**
 * The value kept under a name; null when there is none.
 * @param {string} name
 * @returns {any}
 */
export function get(name) {
  try {
    return JSON.parse(storage().getItem(prefix + name) ?? "null");
  } catch {
    return null;
  }
}

/** @param {string} name */
export function has(name) {
  try {
    return storage().getItem(prefix + name) !== null;
  } catch {
    return false;
  }
}

/**
 * Keep a value; null or "" removes it. Returns whether it worked: a private window or a full phone may refuse.
 * @param {string} name
 * @param {unknown} value
 */
export function put(name, value) {
  try {
    if (value == null || value === "") storage().removeItem(prefix + name);
    else storage().setItem(prefix + name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

/**
 * The values whose names start like this, in no particular order.
 * @param {string} start
 * @returns {any[]}
 */
export function all(start) {
  try {
    return Object.keys(storage())
      .filter((name) => name.startsWith(prefix + start))
      .map((name) => get(name.slice(prefix.length)))
      .filter((value) => value !== null);
  } catch {
    return [];
  }
}

/** Remove everything of this account. */
export function clear() {
  try {
    for (const name of Object.keys(storage())) if (name.startsWith(prefix)) storage().removeItem(name);
  } catch {
    /* nothing was kept */
  }
}
