// Runs before the first paint, so that a chosen theme never flashes the other one. A file of its
// own because the content security policy forbids inline scripts.
(() => {
  try {
    const theme = localStorage.getItem("countersign.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage may be blocked; the system's theme is used then.
  }
})();
