// @ts-check
// A kiosk's start page: removes what the turn before left in the browser, also when that was killed in the middle.
// It imports nothing, so that nothing can keep it from doing so.

// Each alone, since a browser may refuse access to either.
try { sessionStorage.clear(); } catch { /* nothing is kept here */ }
try { localStorage.clear(); } catch { /* nor here */ }
// Whoever comes back to this page must not see a code that somebody else typed.
addEventListener("pagehide", () => {
  const code = document.getElementById("code");
  if (code instanceof HTMLInputElement) code.value = "";
});
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
