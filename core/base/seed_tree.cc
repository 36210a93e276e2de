// xoshiro256** and the hash that grows the seed tree. See seed_tree.h.
#include "core/base/seed_tree.h"

#include <cmath>

namespace trivium {
namespace {

constexpr uint64_t kGolden = 0x9e3779b97f4a7c15;

// The output function of splitmix64 (Steele, Lea and Flood, 2014): a bijection that spreads every bit.
uint64_t Mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

uint64_t RotateLeft(uint64_t x, int bits) { return (x << bits) | (x >> (64 - bits)); }

// Each kind of child adds its own constant, so that Child("") and Child(0) differ.
constexpr uint64_t kNamedChild = 0x6e616d65;
constexpr uint64_t kNumberedChild = 0x696e6465;

uint64_t ChildSeed(uint64_t parent, uint64_t kind, uint64_t key) {
  return Mix(Mix(parent + kGolden) + Mix(key + kGolden * kind));
}

}  // namespace

Rng::Rng(uint64_t seed) {
  for (uint64_t& word : state_) word = Mix(seed += kGolden);
}

uint64_t Rng::Next() {
  const uint64_t result = RotateLeft(state_[1] * 5, 7) * 9;
  const uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = RotateLeft(state_[3], 45);
  return result;
}

uint64_t Rng::Below(uint64_t n) {
  if (n == 0) return 0;
  // 2^64 mod n values at the bottom are left out, so that every remainder is equally likely.
  const uint64_t threshold = (0 - n) % n;
  uint64_t value = Next();
  while (value < threshold) value = Next();
  return value % n;
}

int64_t Rng::Between(int64_t lo, int64_t hi) {
  if (lo >= hi) return lo;
  const uint64_t span = static_cast<uint64_t>(hi) - static_cast<uint64_t>(lo) + 1;  // 0 means all 2^64 values
  const uint64_t offset = span == 0 ? Next() : Below(span);
  return static_cast<int64_t>(static_cast<uint64_t>(lo) + offset);
}

double Rng::Uniform() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }

double Rng::Normal() {
  constexpr double kTwoPi = 6.283185307179586476925;
  const double radius = std::sqrt(-2.0 * std::log(1.0 - Uniform()));  // 1 - u lies in (0, 1]
  return radius * std::cos(kTwoPi * Uniform());
}

bool Rng::Chance(double p) { return Uniform() < p; }

SeedTree SeedTree::Child(const std::string& name) const {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a, 64 bits
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return SeedTree(ChildSeed(seed_, kNamedChild, hash));
}

SeedTree SeedTree::Child(uint64_t index) const { return SeedTree(ChildSeed(seed_, kNumberedChild, index)); }

}  // namespace trivium
