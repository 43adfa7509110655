    let scale = unpack2x16float(words[base + r]);
    for (var g = 0u; g < 4u; g++) {
      let both = words[base + 8u + g * 8u + r];
      for (var half = 0u; half < 2u; half++) {
        let w = nibbles(both >> (half * 4u), scale);
        let k = b * 8u + half * 4u + g;
STEP
      }
    }
