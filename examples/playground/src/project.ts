// The files of the sample project, as they are in `project/`.

const sources = import.meta.glob<string>("../project/**/*", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** Paths in the project, folder by folder, and their contents. */
export const project: ReadonlyMap<string, string> = new Map(
  Object.entries(sources)
    .map(([path, text]) => [path.replace("../project/", ""), text.trimEnd() + "\n"] as const)
    .sort(([a], [b]) => a.localeCompare(b)),
);
