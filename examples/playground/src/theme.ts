// Light and dark: the system's choice until the user makes one.

const KEY = "ghostlight-theme";

/** Wires the toggle; `changed` is called at once and at every change. */
export function theme(button: HTMLElement, changed: (dark: boolean) => void): void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const chosen = (): string | null => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage is switched off
    }
  };
  const apply = (): void => {
    const dark = (chosen() ?? (system.matches ? "dark" : "light")) === "dark";
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    button.setAttribute("aria-label", dark ? "Light colours" : "Dark colours");
    button.title = dark ? "Light colours" : "Dark colours";
    changed(dark);
  };
  button.addEventListener("click", () => {
    const dark = document.documentElement.dataset.theme === "dark";
    try {
      localStorage.setItem(KEY, dark ? "light" : "dark");
    } catch {
      return;
    }
    apply();
  });
  system.addEventListener("change", apply);
  apply();
}
