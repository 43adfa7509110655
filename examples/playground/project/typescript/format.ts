// Durations and sizes for people.

/** `seconds` as hours, minutes and seconds: `1:02:03`. */
export function formatDuration(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = Math.floor(seconds % 60);
  const pad = (value: number) => value.toString().padStart(2, "0");
  return `${hours}:${pad(minutes)}:${pad(rest)}`;
}

/** `bytes` with a unit: `1.5 MB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
