// A kiosk's start page: whatever the turn before left in the browser goes, also when that was killed in the middle.

try { sessionStorage.clear(); } catch { /* nothing is kept here */ }
try { localStorage.clear(); } catch { /* nor here */ }
// Brought back as it was, it may show a code that somebody typed.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
document.getElementById("code").value = "";
