// Unit vectors as bytes, for a first look at very many of them: a quarter of the memory to pass over, which is what a
// scan takes its time for. Torch-free.
#pragma once

#include <cstdint>

namespace trivium {

// code = round(x / scale), |code| <= 127; returns scale. x, code: [width].
float EncodeRow(const float* x, int64_t width, int8_t* code);
// The same of a query, |code| <= 2047: its part of the error is small beside the rows'. Width up to 8,000.
float EncodeQuery(const float* x, int64_t width, int16_t* code);

struct CodedRows {
  const int8_t* codes;  // [rows, width]
  const float* scales;  // [rows]: of the codes
  const float* priors;  // [rows]
  int64_t rows = 0, width = 0;
};

// out[r] = factor * scales[r] * (sum_i query[i] * codes[r, i]) + priors[r]; with the query's scale as the factor the
// first term is about the product of the vectors. query: [width]; out: [rows].
void ScoresOfCodes(const int16_t* query, float factor, const CodedRows& rows, float* out);

// Of two vectors, in float32; the sum may be taken in any order.
float Product(const float* x, const float* y, int64_t width);

}  // namespace trivium
