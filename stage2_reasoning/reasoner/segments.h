// The positions of the controller's state by name. Only torch .cc files include this.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace trivium {

inline constexpr double kMasked = -1e9;  // added to the score of what may not be attended to

// A range of positions.
struct Segment {
  int64_t begin = 0, size = 0;
  int64_t end() const { return begin + size; }
  // Its part of a tensor that has all positions along dimension 1, as a view. All of it stays as it is: a view would
  // copy the gradient.
  at::Tensor Of(const at::Tensor& all) const {
    return begin == 0 && size == all.size(1) ? all : all.narrow(1, begin, size);
  }
};

// [answer slots ; scratch slots ; words of the question ; facts that think]. The slots come first, so that a loop may
// leave out the rest.
struct Segments {
  Segment answers;   // slot j says word j of the answer
  Segment scratch;   // tied to no word of the question
  Segment words;     // padding at the end
  Segment facts;     // none where no fact thinks; padding at the end
  Segment slots;     // answers and scratch
  Segment question;  // slots and words

  Segments() = default;
  Segments(int64_t answer_slots, int64_t scratch_slots, int64_t question_words, int64_t thinking_facts)
      : answers{0, answer_slots},
        scratch{answer_slots, scratch_slots},
        words{answer_slots + scratch_slots, question_words},
        facts{words.end(), thinking_facts},
        slots{0, answer_slots + scratch_slots},
        question{0, words.end()} {}

  int64_t positions() const { return facts.end(); }
  // What the words have, and zeros at the slots before them: [items, words, n] -> [items, question.size, n].
  at::Tensor FromWords(const at::Tensor& of_words) const;
  // Who may attend to whom: [items, heads, positions, positions], 0 or kMasked. Windowed heads (the first half) look so
  // far around within the words or the slots, global heads at everything, but slots and words at no fact: they read its
  // rows. A fact's windowed heads see itself alone. present: [items, positions] bool.
  at::Tensor AttentionMask(int64_t heads, int64_t window, const at::Tensor& present) const;
};

}  // namespace trivium
