// Where text stands on the screen: whether a place can be seen, and how a line stays where it is.

import { EditorView } from "@codemirror/view";

/**
 * Whether the place of an offset can be seen: the editor is displayed, the text there is drawn, and
 * no box around it has scrolled it away.
 */
export function isInSight(view: EditorView, offset: number): boolean {
  const { dom, scrollDOM, contentDOM } = view;
  if (typeof dom.checkVisibility === "function" && !dom.checkVisibility()) return false;
  // Where nothing is laid out, nothing is out of sight.
  if (scrollDOM.getBoundingClientRect().height === 0) return true;
  const place = isReplaced(view, offset) ? null : view.coordsAtPos(offset, -1);
  if (place === null) return false;
  const { defaultView } = dom.ownerDocument;
  if (defaultView !== null) {
    const { innerWidth, innerHeight } = defaultView;
    if (!overlaps(place, { left: 0, top: 0, right: innerWidth, bottom: innerHeight })) return false;
  }
  return clippingBoxes(contentDOM).every((box) => overlaps(place, box.getBoundingClientRect()));
}

/** Whether something is drawn in the place of the text around an offset, such as a fold. */
function isReplaced(view: EditorView, offset: number): boolean {
  return view.state.facet(EditorView.decorations).some((source) => {
    const decorations = typeof source === "function" ? source(view) : source;
    let isCovered = false;
    decorations.between(offset, offset, (from, to, { point }) => {
      isCovered ||= point && from < offset && offset < to;
    });
    return isCovered;
  });
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function overlaps(one: Box, other: Box): boolean {
  return (
    one.bottom > other.top &&
    one.top < other.bottom &&
    one.right >= other.left &&
    one.left <= other.right
  );
}

/** Elements that hide what of `element` is outside of them, the innermost first. */
function clippingBoxes(element: Element): readonly Element[] {
  const { body, documentElement } = element.ownerDocument;
  const boxes: Element[] = [];
  let { position } = getComputedStyle(element);
  for (let box = around(element); box !== null; box = around(box)) {
    // The page itself scrolls with the window, and so does what is fixed to that.
    if (box === body || box === documentElement || position === "fixed") break;
    const style = getComputedStyle(box);
    const isOver = position === "absolute" && style.position === "static";
    if (isOver || style.display === "contents") continue;
    if (style.overflow !== "visible") boxes.push(box);
    ({ position } = style);
  }
  return boxes;
}

/** What `element` is drawn in, out of shadow trees too. */
function around(element: Element): Element | null {
  const root = element.getRootNode();
  const host = root instanceof ShadowRoot ? root.host : null;
  return element.assignedSlot ?? element.parentElement ?? host;
}

/**
 * Makes a change below or behind an offset, whose line stays where it is on the screen: CodeMirror
 * holds the end of a document that is scrolled to its end, not the line that is typed in.
 */
export function keepInPlace(view: EditorView, offset: number, change: () => void): void {
  const before = view.coordsAtPos(offset, -1);
  change();
  const after = view.coordsAtPos(offset, -1);
  if (before === null || after === null) return;
  const moved = after.top - before.top;
  if (Math.abs(moved) > 0.5) scrollerOf(view).scrollTop += moved;
}

/** The element that scrolls the editor's lines. */
function scrollerOf({ contentDOM }: EditorView): Element {
  const scrolls = (box: Element): boolean =>
    box.scrollHeight > box.clientHeight && /auto|scroll/.test(getComputedStyle(box).overflowY);
  const { documentElement, scrollingElement } = contentDOM.ownerDocument;
  return clippingBoxes(contentDOM).find(scrolls) ?? scrollingElement ?? documentElement;
}
