// One loop of the reasoner: the weight-shared block that is applied until the question is answered.
//   state' = state + gate * (read + feed_forward - state)
// over the positions [answer slots ; scratch slots ; words of the question ; facts that think], bidirectional, with the
// question injected anew in every loop. The block keeps the question (input) and what was found (state) apart, so that
// attention, reader and match can ask with either. Only torch .cc files include this.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/nn/layers.h"
#include "memory/reader.h"
#include "stage2_reasoning/reasoner/reasoner_config.h"
#include "stage2_reasoning/reasoner/segments.h"

namespace trivium {

// Facts that think (config.thinking_facts): each of an item's own facts has a position, whose state its rows show to
// whoever reads them. So facts combine without being asked for one by one (two prototypes: a game for two over 16 facts
// is learned by this and not without). Slots and words read rows and do not attend to facts; facts see all.
//
// A batch of questions as frozen features (EncodedSentences of the questions) with its mask.
struct QuestionBatch {
  at::Tensor vectors;      // [items, words, vector_width], times the weights of the words
  at::Tensor hidden;       // [items, words, vector_width]
  at::Tensor prefix_keys;  // [items, words, 3 * vector_width]
  at::Tensor mask;         // [items, words] bool: a word, not padding
};

// What the words of the question match together is shown to the slots, but of each word only what it is surer of than
// this: a match likelier than not. It starts questions of yes and no. What unsure matches say together changes with
// every link of a chain, and slots that see it count the links: that holds for chains of the trained lengths alone.
inline constexpr double kSureMatch = 0.5;

// A projection of [input ; what the loop has], split: what the input gives is computed once.
struct HalfProjection {
  at::Tensor base;    // [items, positions, outputs]
  at::Tensor weight;  // [outputs, inputs of the loop's part]
};

// What stays the same in all loops of a batch.
struct LoopContext {
  Segments layout;            // of the positions
  at::Tensor input;           // [items, positions, width], normalised
  at::Tensor attention_mask;  // [items, heads, positions, positions], 0 or -1e9
  at::Tensor word_mask;       // [items, words, 1] float
  at::Tensor present;         // [items, question positions, 1] float: 1 unless padding
  at::Tensor word_share;      // [items, question positions, 1]: what a word counts for in pooled matches
  double least_match = kSureMatch;
  at::Tensor is_slot;       // [1, question positions, 1] float
  at::Tensor rows_of_fact;  // Thoughts::rows_of_fact; undefined where no fact thinks
  at::Tensor shown;         // [items, 1, 1]: how much of their states facts show, which the question says; or undefined
  HalfProjection attention, query, match;
  // Both feed-forward and gate, as one matrix; the part of [input ; ..] in the norm before the feed-forward is apart.
  HalfProjection mix;
  at::Tensor input_squares;  // [items, positions, 1]: sum of squares of the input
  // Of the relational match. Column 0 stands for "none of the words".
  SharedFactor match_keys;  // [items, 1 + words, width]
  at::Tensor match_bias;    // [items, 1, 1 + words]
  at::Tensor bucket;        // [question positions, words] int64: the distance from position to word, one for all slots
  at::Tensor own_value;     // [width, profile]: of what a position matches itself
  at::Tensor pooled_value;  // [width, profile]: of what all words match together, for the slots
  at::Tensor prefix_matched;  // [items, question positions, width]: of what the question's beginnings recall

  // That of these items alone. REQUIRES: a batch of several items. items: int64.
  LoopContext Of(const at::Tensor& items) const;
};

class Controller {
 public:
  Controller() = default;
  // config.width > 0. vector_width: of the frozen word vectors.
  Controller(const ReasonerConfig& config, int64_t vector_width, Rng& rng);

  // Everything that is computed once per batch, before the loops. rows: those of `memory`. least_match: as kSureMatch;
  // less in early training alone.
  LoopContext Begin(const QuestionBatch& questions, const Rows& rows, const Memory& memory,
                    double least_match = kSureMatch) const;
  at::Tensor FirstState(const LoopContext& context) const;  // [items, positions, width] zeros
  // One loop. If `result` is not null it receives what each position read. only_slots: nobody needs the words any more;
  // the result, and what was read, is of the slots alone, and the same as theirs otherwise up to rounding.
  at::Tensor Loop(const LoopContext& context, const Memory& memory, const at::Tensor& state, int64_t top_k,
                  ReadResult* result, bool only_slots = false) const;

  const Reader& reader() const { return reader_; }
  void AddParameters(const std::string& prefix, NamedTensors& list) const;
  // Moves the weights, before training.
  void To(at::Device device);

 private:
  // What facts that think enter with: the object's word as a question's word, so that a fact asks from the start for
  // what is known of its object, and a little of the whole key. [items, facts, width].
  at::Tensor EmbedFacts(const Rows& rows) const;
  // What the first and last words of questions get beside what they are: [items, words, width]. mask: QuestionBatch's.
  at::Tensor EdgeMarks(const at::Tensor& mask) const;
  // What the first `queries` positions attend to.
  at::Tensor Attend(const at::Tensor& carried, const LoopContext& context, int64_t queries) const;
  // Fills in what Match needs. embedded: [items, words, width]; mask: QuestionBatch's.
  void PrepareMatch(const at::Tensor& embedded, const at::Tensor& mask, LoopContext& context) const;
  // Of what the beginnings of the question recall, which is the same in all loops: what it matches, and with
  // config.recall_fit, for the slots, how well facts begin as it does. [items, question positions, width].
  at::Tensor Recall(const QuestionBatch& questions, const Memory& memory, const LoopContext& context) const;
  // How what `found` holds matches the question's words, by distance: the relation "same symbol", free of which symbol
  // (relational cross-attention, Altabaa et al. 2024, arXiv 2304.00195), and in early training its sum over all words
  // for the slots. Added to `base`; [items, positions, width].
  at::Tensor Match(const at::Tensor& base, const at::Tensor& found, const LoopContext& context) const;

  ReasonerConfig config_;
  Reader reader_;
  Rotary rotary_;
  at::Tensor embed_vector_, embed_hidden_, slots_;
  at::Tensor edges_;  // [marked words, width]: the first half of the question's first words, the rest of its last
  at::Tensor input_kernel_, state_kernel_, slot_scale_;
  RmsNorm input_norm_, state_norm_, attention_norm_, read_norm_, feed_norm_, feed_out_norm_;
  at::Tensor attention_in_, attention_out_;
  at::Tensor match_query_, match_key_, match_value_, match_scale_, match_null_;
  at::Tensor fit_thresholds_, fit_slope_, fit_value_;
  at::Tensor recall_nearness_, recall_slope_, recall_value_;  // undefined unless config.recall_fit
  SwiGlu feed_;
  at::Tensor gate_weight_, gate_bias_;
  at::Tensor embed_fact_, fact_scale_;    // undefined where no fact thinks
  at::Tensor shown_weight_, shown_bias_;  // [1, width], [1]: of LoopContext::shown
  at::Tensor fact_place_;                 // [width, 2]: of how many facts were told before and after; or undefined
};

}  // namespace trivium
