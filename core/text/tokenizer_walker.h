// Looks through the bytes of a SentencePiece model before the library may load it: models with a precompiled character
// map can crash libsentencepiece 0.1.97 (crafted maps: SIGSEGV), its sizes are unbounded, and its failed checks end the
// process. Also refuses options under which words would not be what the rest of Trivium takes them for.
#pragma once

#include <string_view>

#include "core/base/status.h"

namespace trivium {

// BadArtifact unless `model` is a well-formed ModelProto
//   with 1..200,000 pieces of 1..512 bytes of UTF-8, finite scores, of type normal, unknown, control or byte;
//   trained as BPE with byte fallback (so that any text can be encoded) and spaces at the front of words;
//   whose normaliser keeps the text as it is: no precompiled_charsmap, add_dummy_prefix and remove_extra_whitespaces
//   false.
absl::Status WalkTokenizerModel(std::string_view model);

}  // namespace trivium
