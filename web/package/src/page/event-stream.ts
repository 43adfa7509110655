// Events of a stream (WHATWG HTML, 9.2.6), for bytes cut anywhere; `EventSource` can neither post nor send a key.
//
// As the standard has it, but for what servers of models do: the last event needs no blank
// line behind it, a field `error` is the data of an event `error`, and a line that is
// JSON is an event. Written out here, since the package is files that a site can
// copy, without other packages.

/** The longest event, characters. */
const LONGEST = 1 << 20;

/** An event; only its name and data matter. */
export interface StreamEvent {
  /** Empty for a plain message. */
  readonly name: string;
  /** Its lines. */
  readonly data: string;
}

/** Reads events. */
export class EventStream {
  // It takes a byte order mark off, too.
  readonly #decoder = new TextDecoder();
  /** The line that has begun. */
  #line = "";
  #afterCr = false;
  #name = "";
  #data: string[] = [];

  /** Takes bytes; the events that they complete. Throws a `RangeError` for one that is too long. */
  push(bytes: Uint8Array): StreamEvent[] {
    return this.#take(this.#decoder.decode(bytes, { stream: true }));
  }

  /** The stream has ended: what its last line says. */
  end(): StreamEvent[] {
    return this.#take(`${this.#decoder.decode()}\n\n`);
  }

  #take(text: string): StreamEvent[] {
    const events: StreamEvent[] = [];
    // The LF of a CRLF that was cut in two.
    if (this.#afterCr && text !== "") {
      if (text.startsWith("\n")) text = text.slice(1);
      this.#afterCr = false;
    }
    const lines = text.split(/\r\n|\n|\r/);
    this.#afterCr = text.endsWith("\r");
    const last = lines.pop() ?? "";
    for (const line of lines) {
      const event = this.#read(this.#line + line);
      this.#line = "";
      if (event !== null) events.push(event);
    }
    this.#line += last;
    const length = this.#data.reduce((sum, line) => sum + line.length, this.#line.length);
    if (length > LONGEST) throw new RangeError("an event is too long");
    return events;
  }

  /** The event that a line completes. */
  #read(line: string): StreamEvent | null {
    if (line === "") {
      const event = { name: this.#name, data: this.#data.join("\n") };
      const isOne = this.#data.length > 0;
      this.#name = "";
      this.#data = [];
      return isOne ? event : null;
    }
    if (line.startsWith("{")) return { name: "", data: line };
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    // A comment has an empty name; others mean nothing here.
    if (field === "error") this.#name = "error";
    if (field === "event") this.#name = value;
    if (field === "data" || field === "error") this.#data.push(value);
    return null;
  }
}
