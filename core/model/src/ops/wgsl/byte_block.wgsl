    let scale = unpack2x16float(words[base + r]);
    for (var g = 0u; g < 8u; g++) {
      let w = bytes(words[base + 8u + g * 8u + r], scale);
      let k = b * 8u + g;
STEP
    }
