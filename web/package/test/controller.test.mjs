// When the controller asks, what it shows and what it applies, in an editor that is a string.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { settle } from "../test-support/clock.mjs";
import { FakeEditor } from "../test-support/editor.mjs";

/** An editor in which `text` is suggested after typing `x`. */
async function suggested(text, document = "|", options = {}) {
  const editor = new FakeEditor(document, options);
  editor.type("x");
  await editor.suggest(text);
  assert.equal(editor.ghost, text);
  return editor;
}

describe("asking", () => {
  test("typing asks after the pause, with the text around the cursor", async () => {
    const editor = new FakeEditor("before |after", { maxTokens: 7 });
    editor.type("x");
    await editor.clock.advance(74);
    assert.equal(editor.asked.length, 0);
    await editor.clock.advance(1);
    assert.deepEqual(editor.asked[0].request, {
      path: "a.py",
      prefix: "before x",
      suffix: "after",
      maxTokens: 7,
      event: "typed",
      selection: false,
      readOnly: false,
    });
  });

  test("fast typing asks once, for what stands when keys pause", async () => {
    const editor = new FakeEditor();
    for (const char of "abcdef") {
      editor.type(char);
      await editor.clock.advance(50);
    }
    await editor.clock.advance(500);
    assert.deepEqual(
      editor.asked.map(({ request }) => request.prefix),
      ["abcdef"],
    );
  });

  for (const [name, debounce, waits, pause, wait] of [
    ["a source that plans the pause is asked at once, and may wait", undefined, true, 0, true],
    ["a source that plans nothing is asked after 75 ms", undefined, false, 75, false],
    ["a fixed pause is timed here, and only here", 200, true, 200, false],
  ]) {
    test(name, async () => {
      const editor = new FakeEditor("|", { debounce });
      editor.source.waits = waits;
      editor.type("x");
      assert.equal(editor.asked.length, 0, "not within the edit");
      if (pause > 0) {
        await editor.clock.advance(pause - 1);
        assert.equal(editor.asked.length, 0);
      }
      await editor.clock.advance(pause > 0 ? 1 : 0);
      assert.equal(editor.asked.length, 1);
      assert.equal(editor.asked[0].wait, wait);
      assert.equal(editor.clock.waiting, 0);
    });
  }

  const ORIGINS = [
    // origin, event with a source that plans, event with one that does not
    ["typed", "typed", "typed"],
    ["inserted", "typed", "typed"],
    ["accepted", "accepted", "accepted"],
    ["deleted", "deleted", null],
    ["history", null, null],
    ["other", null, null],
  ];
  for (const [origin, planned, fixed] of ORIGINS) {
    for (const [debounce, event] of [
      [undefined, planned],
      [75, fixed],
    ]) {
      test(`an edit that was ${origin} asks for ${event}, pause ${debounce ?? "planned"}`, async () => {
        const editor = new FakeEditor("ab|", { debounce });
        editor.edit([{ from: 1, to: 2, insert: origin === "deleted" ? "" : "c" }], origin);
        await editor.clock.advance(1000);
        assert.deepEqual(
          editor.asked.map(({ request }) => request.event),
          event === null ? [] : [event],
        );
      });
    }
  }

  test("asking by hand waits for no pause, and takes the place of what is scheduled", async () => {
    const editor = new FakeEditor("a|b");
    editor.type("x");
    assert.equal(editor.controller.trigger(), true);
    assert.equal(editor.asked[0].request.event, "asked");
    await editor.clock.advance(1000);
    assert.equal(editor.asked.length, 1);
  });

  test("one request is in flight; the older one ends after the newer one has begun", async () => {
    const editor = new FakeEditor("|", { debounce: 0 });
    const { complete } = editor.source;
    const running = [];
    editor.source.complete = (...all) => {
      running.push(editor.asked.filter(({ signal }) => !signal.aborted).length);
      return complete(...all);
    };
    for (const char of "abc") {
      editor.type(char);
      await editor.clock.advance(0);
      assert.equal(editor.asked.filter(({ signal }) => !signal.aborted).length, 1);
    }
    assert.deepEqual(running, [0, 1, 1], "a source sees the older one still under way");
    await editor.asked[0].finish("old");
    assert.equal(editor.ghost, null);
    await editor.asked[2].finish("new");
    assert.equal(editor.ghost, "new");
  });

  test("a collaborator's edit leaves a scheduled request alone", async () => {
    const editor = new FakeEditor("first\n|");
    editor.type("x");
    editor.edit([{ from: 0, to: 0, insert: "zero\n" }], "other");
    await editor.clock.advance(75);
    assert.equal(editor.asked[0].request.prefix, "zero\nfirst\nx");
  });

  test("the source is told where the cursor is, not in a read-only editor", async () => {
    const editor = new FakeEditor("wo|rd");
    await settle();
    editor.move(1);
    editor.set({ isReadOnly: true });
    editor.move(0);
    editor.open("other|");
    await settle();
    editor.set({});
    editor.move(1);
    assert.deepEqual(editor.told, [
      ["warm", "wo"],
      ["warm", "w"],
      ["warm", "o"],
    ]);
  });

  test("a request that fails is told, one that was overtaken is not", async () => {
    const editor = new FakeEditor("|", { debounce: 0 });
    editor.type("a");
    await editor.clock.advance(0);
    await editor.asked[0].fail("cancelled");
    editor.type("b");
    await editor.clock.advance(0);
    await editor.asked[1].fail("internal");
    assert.deepEqual(editor.failures, ["internal"]);
    assert.equal(editor.controller.isPending, false);
  });

  test("a result is told with the time it took, once", async () => {
    const told = [];
    const onResult = ({ text }, milliseconds) => told.push([text, milliseconds]);
    const editor = new FakeEditor("|", { onResult });
    editor.type("x");
    await editor.clock.advance(75);
    await editor.clock.advance(40);
    await editor.asked[0].finish(" = 1");
    assert.deepEqual(told, [[" = 1", 40]]);
  });

  test("without a source nothing happens", async () => {
    const editor = new FakeEditor("|");
    editor.source = null;
    editor.type("x");
    await editor.clock.advance(1000);
    assert.equal(editor.asked.length, 0);
    assert.equal(editor.ghost, null);
  });

  test("of a large document only the text around the cursor is read", () => {
    const line = "x = 1  # 🎭 a line of some length\n";
    const text = line.repeat(200_000);
    const editor = new FakeEditor("|");
    let read = 0;
    const slice = (from, to) => ((read += to - from), text.slice(from, to));
    // Some of these cuts fall into a surrogate pair.
    for (let shift = 11; shift < line.length; shift += 1) {
      const at = text.length / 2 + shift;
      const selection = [{ anchor: at, head: at }];
      editor.controller.open({ text: { length: text.length, slice }, selection });
      read = 0;
      editor.controller.trigger();
      const { prefix, suffix } = editor.asked.at(-1).request;
      assert.ok(prefix.length >= 16_383 && prefix.length <= 16_384, `${prefix.length}`);
      assert.ok(suffix.length >= 8_191 && suffix.length <= 8_192, `${suffix.length}`);
      assert.ok(prefix.isWellFormed() && suffix.isWellFormed());
      assert.equal(read, 24 * 1024);
    }
  });
});

describe("showing", () => {
  test("typing what is suggested keeps the rest, and asks nothing", async () => {
    const editor = await suggested("alue = 1");
    editor.type("alu");
    assert.equal(editor.ghost, "e = 1");
    await editor.clock.advance(1000);
    assert.equal(editor.asked.length, 1);
    assert.ok(editor.controller.accept("all"));
    assert.equal(editor.document, "xalue = 1|");
  });

  test("typing all of it asks for more; typing something else asks anew", async () => {
    for (const typed of ["y", "z"]) {
      const editor = await suggested("y");
      editor.type(typed);
      assert.equal(editor.ghost, null);
      await editor.clock.advance(75);
      assert.equal(editor.asked[1].request.prefix, `x${typed}`);
    }
  });

  test("streamed text grows in place, and ends the request when it is accepted half-way", async () => {
    const editor = new FakeEditor();
    editor.type("x");
    await editor.clock.advance(75);
    editor.asked[0].update(" =");
    editor.asked[0].update(" = 1");
    assert.equal(editor.ghost, " = 1");
    editor.controller.accept("all");
    assert.equal(editor.document, "x = 1|");
    assert.equal(editor.asked[0].signal.aborted, true);
    editor.asked[0].update(" = 12"); // too late, and harmless
    assert.equal(editor.ghost, null);
  });

  test("a suggestion that is taken back disappears", async () => {
    const editor = new FakeEditor();
    editor.type("x");
    await editor.clock.advance(75);
    editor.asked[0].update("secret");
    await editor.asked[0].finish("");
    assert.equal(editor.ghost, null);
    assert.equal(editor.shows.at(-1), null);
  });

  test("an answer has line feeds, whatever the source sends", async () => {
    const editor = new FakeEditor();
    editor.type("x");
    await editor.suggest(":\r\n  a\r  b");
    assert.equal(editor.ghost, ":\n  a\n  b");
    editor.controller.accept("line");
    editor.controller.accept("line");
    assert.equal(editor.document, "x:\n  a|");
  });

  test("what is shown is announced once it is whole", async () => {
    const editor = new FakeEditor();
    editor.type("x");
    await editor.clock.advance(75);
    editor.asked[0].update("ab");
    assert.deepEqual(editor.announced, []);
    await editor.asked[0].finish("abc");
    assert.deepEqual(editor.announced, [{ text: "abc", index: 1, count: 1 }]);
  });

  test("a popup hides what does not continue its selected option", async () => {
    const editor = await suggested("nt('hello')", "pri|");
    editor.controller.setPopup("nter");
    assert.equal(editor.ghost, null);
    assert.equal(editor.controller.accept("all"), false);
    editor.controller.setPopup("nt");
    assert.equal(editor.ghost, "nt('hello')");
    editor.controller.setPopup("vate");
    assert.equal(editor.ghost, null);
    editor.controller.setPopup(null);
    assert.equal(editor.ghost, "nt('hello')");
  });
});

describe("accepting", () => {
  test("word by word", async () => {
    const editor = await suggested(" = max(α_1, b)\n    y");
    const steps = [];
    while (editor.controller.accept("word")) steps.push(editor.text);
    assert.deepEqual(steps, [
      "x =",
      "x = max",
      "x = max(",
      "x = max(α_1",
      "x = max(α_1,",
      "x = max(α_1, b",
      "x = max(α_1, b)",
      "x = max(α_1, b)\n    y",
    ]);
  });

  test("line by line", async () => {
    const editor = await suggested(":\n    a\n    b");
    const steps = [];
    while (editor.controller.accept("line")) steps.push(editor.text);
    assert.deepEqual(steps, ["x:", "x:\n    a", "x:\n    a\n    b"]);
  });

  test("then it asks for what follows", async () => {
    const editor = await suggested(" = 1");
    editor.controller.accept("all");
    await editor.clock.advance(75);
    assert.equal(editor.asked[1].request.event, "accepted");
  });

  test("an editor that refuses the edit keeps the suggestion, and nothing is counted", async () => {
    const editor = await suggested(" = 1");
    await editor.clock.advance(300);
    editor.refuses = true;
    editor.controller.accept("all");
    assert.equal(editor.ghost, " = 1");
    assert.deepEqual(editor.outcomes(), []);
  });

  test("nothing is accepted, dismissed or cycled where nothing is shown", () => {
    const { controller } = new FakeEditor("x|");
    for (const part of ["all", "word", "line"]) assert.equal(controller.accept(part), false);
    assert.equal(controller.dismiss(), false);
    assert.equal(controller.cycle(1), false);
  });
});

describe("alternatives", () => {
  test("are shown in a circle, and accepted as any suggestion", async () => {
    const editor = await suggested(" = 1");
    editor.alternativeTexts = [" = 1", " = 22", " += 3"];
    const seen = [];
    for (const step of [1, 1, 1, -1]) {
      assert.ok(editor.controller.cycle(step));
      await settle();
      await settle();
      seen.push(editor.ghost);
    }
    assert.deepEqual(seen, [" = 22", " += 3", " = 1", " += 3"]);
    assert.deepEqual(editor.announced.at(-1), { text: " += 3", index: 3, count: 3 });
    editor.type(" +");
    assert.equal(editor.ghost, "= 3");
    editor.controller.accept("all");
    assert.equal(editor.document, "x += 3|");
  });

  test("that come after something was typed or dismissed are not shown", async () => {
    for (const act of [(editor) => editor.type(" "), (editor) => editor.controller.dismiss()]) {
      const editor = await suggested(" = 1");
      editor.alternativeTexts = ["other"];
      editor.controller.cycle(1);
      act(editor);
      const { ghost } = editor;
      await settle();
      await settle();
      assert.equal(editor.ghost, ghost);
      assert.deepEqual(editor.failures, []);
    }
  });

  test("end a request that is under way", async () => {
    const editor = new FakeEditor();
    editor.type("x");
    await editor.clock.advance(75);
    editor.asked[0].update(" = 1");
    editor.alternativeTexts = [" = 2"];
    editor.controller.cycle(1);
    assert.equal(editor.asked[0].signal.aborted, true);
    await settle();
    await settle();
    assert.equal(editor.ghost, " = 2");
  });

  test("a source without them keeps what is shown", async () => {
    const editor = await suggested(" = 1");
    delete editor.source.alternatives;
    editor.controller.cycle(1);
    await settle();
    assert.equal(editor.ghost, " = 1");
  });
});

describe("the editor's state", () => {
  test("Escape sends away what is shown, until something is typed", async () => {
    const editor = await suggested(" = 1");
    assert.equal(editor.controller.dismiss(), true);
    assert.equal(editor.ghost, null);
    await editor.clock.advance(1000);
    assert.equal(editor.asked.length, 1);
    editor.type("y");
    await editor.clock.advance(75);
    assert.equal(editor.asked.length, 2);
  });

  test("Escape cancels what is scheduled and what is on its way", async () => {
    const editor = new FakeEditor();
    editor.type("x");
    assert.equal(editor.controller.dismiss(), false);
    await editor.clock.advance(1000);
    assert.equal(editor.asked.length, 0);
    editor.type("y");
    await editor.clock.advance(75);
    assert.equal(editor.controller.isPending, true);
    assert.equal(editor.controller.dismiss(), false);
    assert.equal(editor.controller.isPending, false);
    assert.equal(editor.asked[0].signal.aborted, true);
    await editor.asked[0].finish("late");
    assert.equal(editor.ghost, null);
  });

  test("deleting, moving and undoing end what is shown", async () => {
    for (const act of [
      (editor) => editor.delete(),
      (editor) => editor.move(0),
      (editor) => editor.edit([{ from: 4, to: 5, insert: "" }], "history"),
    ]) {
      const editor = await suggested("abc", "word|");
      act(editor);
      assert.equal(editor.ghost, null);
      await editor.clock.advance(1000);
      assert.equal(editor.asked.length, 1);
    }
  });

  const CONDITIONS = [{ isReadOnly: true }, { isFocused: false }, { isVisible: false }];
  for (const condition of CONDITIONS) {
    const name = JSON.stringify(condition);

    test(`${name}: what is shown goes, and is not accepted`, async () => {
      const editor = await suggested(" = 1");
      editor.set(condition);
      assert.equal(editor.ghost, null);
      assert.equal(editor.shows.at(-1), null);
      assert.equal(editor.controller.accept("all"), false);
      editor.set({});
      assert.equal(editor.ghost, null, "it does not come back by itself");
      assert.equal(editor.document, "x|");
    });

    test(`${name}: what is on its way is cancelled`, async () => {
      const editor = new FakeEditor();
      editor.type("x");
      await editor.clock.advance(75);
      editor.set(condition);
      assert.equal(editor.asked[0].signal.aborted, true);
      await editor.asked[0].finish(" = 1");
      assert.equal(editor.ghost, null);
    });

    test(`${name}: nothing is asked, by typing or by hand`, async () => {
      const editor = new FakeEditor();
      editor.type("x");
      editor.set(condition);
      await editor.clock.advance(1000);
      editor.type("y");
      await editor.clock.advance(1000);
      assert.equal(editor.controller.trigger(), false);
      assert.equal(editor.asked.length, 0);
    });
  }

  test("nothing is asked with a selection or with several cursors", async () => {
    for (const selection of [
      [{ anchor: 0, head: 2 }],
      [
        { anchor: 0, head: 0 },
        { anchor: 2, head: 2 },
      ],
    ]) {
      const editor = new FakeEditor("abc|");
      editor.controller.selected(selection);
      editor.controller.trigger();
      const text = { length: 4, slice: () => "" };
      const changes = [{ from: 0, to: 0, insert: "x" }];
      editor.controller.edited({ changes, selection, origin: "typed" }, text);
      await editor.clock.advance(1000);
      assert.equal(editor.asked.length, 0);
    }
  });

  test("an answer for a place that was scrolled away is not shown", async () => {
    const editor = new FakeEditor();
    editor.type("x");
    await editor.clock.advance(75);
    editor.inView = false;
    editor.asked[0].update(" =");
    assert.equal(editor.ghost, null);
    assert.equal(editor.asked[0].signal.aborted, true);
    editor.inView = true;
    await editor.asked[0].finish(" = 1");
    assert.equal(editor.ghost, null);
  });

  test("a suggestion that was scrolled away is not written", async () => {
    const editor = await suggested(" = 1");
    editor.inView = false;
    assert.equal(editor.controller.accept("all"), false);
    editor.inView = true;
    assert.equal(editor.controller.accept("all"), true);
  });

  test("while text is being composed nothing is asked, shown or accepted", async () => {
    const editor = await suggested("abc");
    editor.controller.setComposing(true);
    assert.equal(editor.ghost, null);
    editor.type("に");
    await editor.clock.advance(1000);
    editor.controller.trigger();
    assert.equal(editor.asked.length, 1);
    editor.controller.setComposing(false);
    await editor.clock.advance(75);
    assert.equal(editor.asked[1].request.prefix, "xに");
    assert.equal(editor.asked[1].request.event, "typed");
  });

  test("another document in the editor: nothing of the former one appears or is written", async () => {
    for (const state of ["shown", "pending", "scheduled"]) {
      const editor = new FakeEditor("one|");
      editor.type("x");
      if (state !== "scheduled") await editor.clock.advance(75);
      if (state === "shown") await editor.asked[0].finish(" = 1");
      editor.open("two|");
      assert.equal(editor.ghost, null);
      assert.equal(editor.controller.accept("all"), false);
      await editor.clock.advance(1000);
      if (state === "pending") await editor.asked[0].finish(" = 1");
      assert.equal(editor.ghost, null);
      assert.equal(editor.asked.length, state === "scheduled" ? 0 : 1);
      assert.equal(editor.document, "two|");
    }
  });

  test("an editor that is gone cancels, clears, and hears nothing more", async () => {
    const editor = new FakeEditor();
    editor.type("x");
    await editor.clock.advance(75);
    editor.controller.dispose();
    assert.equal(editor.asked[0].signal.aborted, true);
    const shows = editor.shows.length;
    await editor.asked[0].finish(" = 1");
    editor.type("y");
    editor.set({});
    assert.equal(editor.controller.trigger(), false);
    await editor.clock.advance(1_000_000);
    assert.equal(editor.asked.length, 1);
    assert.equal(editor.shows.length, shows);
    assert.equal(editor.clock.waiting, 0);
  });

  test("two editors of one source do not disturb each other", async () => {
    const one = await suggested(" = 1");
    const two = new FakeEditor();
    two.source = one.source;
    two.type("y");
    await two.clock.advance(75);
    assert.equal(one.ghost, " = 1");
    await one.asked[1].finish(" = 2");
    assert.deepEqual([one.ghost, two.ghost], [" = 1", " = 2"]);
  });
});
