    for (var g = 0u; g < 8u; g++) {
      let scale = unpack2x16float(words[base + (g >> 2u) * 8u + r]);
      let w = bytes(words[base + 16u + g * 8u + r], scale);
      let k = b * 8u + g;
STEP
    }
