// The project's only source of randomness: one root seed grows a tree of named seeds, and any node gives a generator.
// Everything random is a pure function of (root seed, purpose, step or index), so a resumed run needs only its step.
//   Rng rng = SeedTree(root).Child("stage2/train").Child(step).MakeRng();
// All results are the same on every platform and compiler, Normal() up to the last bits of the C library's log and cos.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace trivium {

// xoshiro256** 1.0 (Blackman and Vigna, 2018), state filled by splitmix64. Not for cryptography, not thread-safe.
class Rng {
 public:
  explicit Rng(uint64_t seed);

  uint64_t Next();
  // Uniform in [0, n), without modulo bias; 0 when n is 0.
  uint64_t Below(uint64_t n);
  // Uniform in [lo, hi], both included. REQUIRES: lo <= hi (else lo is returned).
  int64_t Between(int64_t lo, int64_t hi);
  // Uniform in [0, 1) with 53 random bits.
  double Uniform();
  // Standard normal by Box-Muller; two Next() a value, so that the stream position never depends on the values.
  double Normal();
  // True with probability p.
  bool Chance(double p);

  // Fisher-Yates, in place.
  template <class T>
  void Shuffle(std::vector<T>& values) {
    for (size_t i = values.size(); i > 1; --i) {
      using std::swap;
      swap(values[i - 1], values[Below(i)]);
    }
  }

  // REQUIRES: values is not empty, and outlives the result.
  template <class T>
  const T& Pick(const std::vector<T>& values) {
    return values[Below(values.size())];
  }

  // n different positions of `from` in random order; all of them when n >= from.size().
  template <class T>
  std::vector<T> Sample(std::vector<T> from, size_t n) {
    if (n > from.size()) n = from.size();
    for (size_t i = 0; i < n; ++i) {
      using std::swap;
      swap(from[i], from[i + Below(from.size() - i)]);
    }
    from.erase(from.begin() + static_cast<std::ptrdiff_t>(n), from.end());
    return from;
  }

 private:
  uint64_t state_[4];
};

// A node of the tree. A value type: copy it freely.
class SeedTree {
 public:
  explicit SeedTree(uint64_t root) : seed_(root) {}

  // Equal names give equal children; a named and a numbered child never share a seed by construction of the hash.
  SeedTree Child(const std::string& name) const;
  SeedTree Child(uint64_t index) const;

  uint64_t seed() const { return seed_; }
  Rng MakeRng() const { return Rng(seed_); }

 private:
  uint64_t seed_;
};

}  // namespace trivium
