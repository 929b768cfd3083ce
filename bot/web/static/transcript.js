// @ts-check
// How much of the server's transcript this page shows.

/**
 * A bubble of the server's, as it is shown.
 * @typedef {{ el: HTMLElement, rev: number }} Shown
 */

export const transcript = {
  /** By the bubbles' ids. @type {Map<number, Shown>} */
  shown: new Map(),
  /** The newest revision received; the stream goes on from there. */
  newestRev: 0,
  /** The history goes on before this bubble. */
  oldestId: Infinity,
  hasOlder: false,
  /** Everything up to now has arrived. */
  isReady: false,
};
