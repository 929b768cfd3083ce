// A kiosk's start page: whatever the turn before left in the browser goes, also when that was killed in the middle.

try { sessionStorage.clear(); } catch { /* nothing is kept here */ }
try { localStorage.clear(); } catch { /* nor here */ }
// A code that somebody typed is not there for whoever comes back to this page.
addEventListener("pagehide", () => { document.getElementById("code").value = ""; });
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
