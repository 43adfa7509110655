//! The default model against llama.cpp's committed answers.
