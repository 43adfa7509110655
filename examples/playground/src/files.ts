// The list of files: a tab list with one stop in the tab order and arrow keys inside.
//
// A column with folder names where there is room, a row where there is not.

/** Fills `list`; `open` is called with the path that was chosen. */
export function fileList(
  list: HTMLElement,
  panel: HTMLElement,
  paths: readonly string[],
  open: (path: string) => void,
): { select(path: string): void } {
  const tabs = new Map<string, HTMLButtonElement>();
  let folder = "";
  for (const path of paths) {
    const slash = path.lastIndexOf("/");
    if (path.slice(0, slash) !== folder) {
      folder = path.slice(0, slash);
      const heading = document.createElement("span");
      heading.className = "folder";
      heading.setAttribute("role", "presentation");
      heading.textContent = folder;
      list.append(heading);
    }
    const tab = document.createElement("button");
    tab.type = "button";
    tab.id = `file-${tabs.size}`;
    tab.className = "file";
    tab.dataset.kind = path.slice(path.lastIndexOf(".") + 1);
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", panel.id);
    tab.setAttribute("aria-label", path);
    tab.textContent = path.slice(slash + 1);
    tab.addEventListener("click", () => open(path));
    tabs.set(path, tab);
    list.append(tab);
  }

  const narrow = matchMedia("(max-width: 720px)");
  const orient = (): void =>
    list.setAttribute("aria-orientation", narrow.matches ? "horizontal" : "vertical");
  narrow.addEventListener("change", orient);
  orient();

  list.addEventListener("keydown", (event) => {
    const order = [...tabs.values()];
    const at = order.findIndex((tab) => tab === document.activeElement);
    const step: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowRight: at + 1,
      ArrowUp: at - 1,
      ArrowLeft: at - 1,
      Home: 0,
      End: -1,
    };
    const target = step[event.key];
    if (at < 0 || target === undefined) return;
    event.preventDefault();
    const tab = order.at(target % order.length);
    tab?.focus();
    tab?.click();
  });

  return {
    select(path) {
      for (const [other, tab] of tabs) {
        const selected = other === path;
        tab.setAttribute("aria-selected", String(selected));
        tab.tabIndex = selected ? 0 : -1;
        if (!selected) continue;
        panel.setAttribute("aria-labelledby", tab.id);
        tab.scrollIntoView({ block: "nearest", inline: "nearest" });
      }
    },
  };
}
