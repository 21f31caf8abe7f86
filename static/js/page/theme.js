// Sets the theme before the first paint, so that nothing flashes: a classic script in the head, not a module.
// The choice (dark, light or system) is kept in localStorage; `data-theme` on <html> is what it comes to.
(() => {
  const KEY = "repick-theme";
  const CHOICES = ["system", "dark", "light"];
  const prefersLight = window.matchMedia("(prefers-color-scheme: light)");

  const stored = () => {
    try {
      const choice = localStorage.getItem(KEY);
      return CHOICES.includes(choice) ? choice : "system";
    } catch {
      return "system"; // storage may be forbidden; then the system decides
    }
  };
  let choice = stored();

  const apply = () => {
    const theme = choice === "system" ? (prefersLight.matches ? "light" : "dark") : choice;
    document.documentElement.dataset.theme = theme;
    for (const label of document.querySelectorAll("[data-theme-name]")) label.textContent = choice;
    document.dispatchEvent(new CustomEvent("repick:theme", { detail: { theme } }));
  };

  apply();
  prefersLight.addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", apply);
  document.addEventListener("click", (click) => {
    if (!(click.target instanceof Element) || !click.target.closest("[data-theme-switch]")) return;
    choice = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length];
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      // kept for this page only
    }
    apply();
  });
})();
