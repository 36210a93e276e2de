// What words and the words before them become on the CPU, a word at a time: composed operators pass over all words for
// every piece and every place. Torch-free.
#pragma once

#include <cstdint>
#include <vector>

namespace trivium {

// A word's hash is read as so many digits of this base, each of which names a vector of signs. Part of the format of a
// trained reasoner: never change these.
inline constexpr int64_t kDigits = 8, kDigitBase = 256;

// The piece vectors of a vocabulary with what binds several of them to a word.
struct PieceVectors {
  const float* pieces;                     // [vocab, width], mean square 1 each
  const float* signs;                      // [kDigits * kDigitBase, width] of 1 and -1
  std::vector<std::vector<int64_t>> turn;  // of P, P^2, ..: as many as a word has pieces but one; P: a permutation
  int64_t width;
};

// y [width] of a word of `count` pieces (-1 ends them): its piece; of several, the mean of their sum, each bound to its
// place, and of a vector of signs that a hash of the pieces chooses (products of random codes, nearly independent for
// different words: Kanerva 2009, "Hyperdimensional Computing"). Zeros of no piece.
void BindPieces(const PieceVectors& of, const int64_t* word, int64_t count, float* y);

// Two thirds of the key of each word of a sentence, beside each other at y + word * stride: the mean of the words so
// far, and their sum with earlier ones turned by P and weighed down once for every word of distance; mean square 1
// both. x: [words, width].
void SumWords(const float* x, int64_t words, int64_t width, const std::vector<int64_t>& turn, float decay,
              int64_t stride, float* y);

}  // namespace trivium
