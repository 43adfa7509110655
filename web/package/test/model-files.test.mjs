// Addresses under which models are kept, and what is no model by how it begins.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { addressOf } from "../dist/shared/model-address.js";
import { whatCame } from "../dist/shared/model-bytes.js";

describe("addresses", () => {
  const file = "https://host.example/a/model.gguf";

  test("are the same whatever signs them", () => {
    for (const query of [
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=k&X-Amz-Date=1&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=s",
      "x-amz-security-token=t&x-amz-signature=s",
      "X-Goog-Algorithm=G&X-Goog-Credential=k&X-Goog-Date=1&X-Goog-Expires=9&X-Goog-SignedHeaders=host&X-Goog-Signature=s",
      "AWSAccessKeyId=k&Expires=1&Signature=s",
      "GoogleAccessId=k&Expires=1&Signature=s",
      "OSSAccessKeyId=k&Expires=1&Signature=s",
      "Policy=p&Signature=s&Key-Pair-Id=k",
      "sv=2024&sr=b&se=2024-01-01T00%3A00%3A00Z&sp=r&spr=https&sig=s%3D",
      "hdnts=exp%3D1~acl%3D*~hmac%3Ds",
      "verify=1-s",
    ]) {
      assert.equal(addressOf(`${file}?${query}`), file, query);
      assert.equal(
        addressOf(`${file}?v=2&${query}&download=true#part`),
        `${file}?v=2&download=true`,
        query,
      );
    }
  });

  test("keep what is no signature", () => {
    for (const query of [
      "",
      "?v=1",
      "?expires=never",
      "?sp=1&sr=2",
      "?policy=open",
      "?q=a%20b&x=%C3%A4",
    ]) {
      assert.equal(addressOf(file + query), file + query);
    }
    assert.equal(addressOf(`${file}#x`), file);
  });
});

describe("what came in a model's place", () => {
  const bytes = (text) => new TextEncoder().encode(text);

  test("is known by how it begins, whatever stands before it and however short it is", () => {
    for (const [what, text] of [
      ["a Git LFS pointer", "version https://git-lfs.github.com/spec/v1\n"],
      ["a web page", "<!doctype html>"],
      ["a web page", "<html lang=en>"],
      ["XML", "<?xml version='1.0'?>"],
      ["JSON", '{"a":1}'],
      ["JSON", "{\n}"],
      ["JSON", "[]"],
    ]) {
      for (const before of ["", "\n \t", "\ufeff", "\ufeff\r\n"]) {
        assert.ok(whatCame(bytes(before + text))?.startsWith(what), before + text);
        assert.ok(whatCame(bytes(before + text + "x".repeat(2000)))?.startsWith(what));
      }
      assert.ok(
        whatCame(bytes(text.toUpperCase()))?.startsWith(what) || !/<(!doc|html)/.test(text),
      );
    }
  });

  test("is nothing to be said of a model, nor of bytes that nobody knows", () => {
    for (const head of [
      bytes("GGUF\x03\0\0\0"),
      bytes("a text"),
      new Uint8Array(600),
      Uint8Array.of(0xff),
    ]) {
      assert.equal(whatCame(head), null);
    }
    // Whatever the version and the number of tensors are: 123 is a brace.
    for (let n = 0; n < 256; n += 1) {
      const head = [0x47, 0x47, 0x55, 0x46, 3, 0, 0, 0, n, 0, 0, 0, 0, 0, 0, 0];
      assert.equal(whatCame(Uint8Array.from(head)), null);
    }
  });
});
