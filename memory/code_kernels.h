// Unit vectors as bytes, for a first look at very many of them: a quarter of the memory to pass over, which is what a
// scan takes its time for. Torch-free.
#pragma once

#include <cstdint>

namespace trivium {

// code = round(x / scale), |code| <= 127; returns scale. x, code: [width].
float EncodeRow(const float* x, int64_t width, int8_t* code);
// The same of a query, |code| <= 2047: its part of the error is small beside the rows'. Width up to 8,000.
float EncodeQuery(const float* x, int64_t width, int16_t* code);

// out[r] = sum_i query[i] * codes[r, i]; times both scales it is about the product of the vectors. codes: [rows,
// width].
void ProductsOfCodes(const int16_t* query, const int8_t* codes, int64_t rows, int64_t width, int32_t* out);

// Of two vectors, in float32; the sum may be taken in any order.
float Product(const float* x, const float* y, int64_t width);

}  // namespace trivium
