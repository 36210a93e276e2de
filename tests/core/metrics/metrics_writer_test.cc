// metrics.jsonl and the event file, read back by a small decoder written for the test.
#include "core/metrics/metrics_writer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/metrics/event_file.h"
#include "tests/harness/temp_dir.h"
#include "tests/test.h"

namespace trivium {
namespace fs = std::filesystem;
namespace {

struct DecodedEvent {
  int64_t step = 0;
  std::string version;
  bool session_start = false;
  std::vector<std::pair<std::string, float>> scalars;
};

uint64_t Fixed(std::string_view bytes, int count) {
  uint64_t value = 0;
  for (int i = count; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[static_cast<size_t>(i)]);
  return value;
}

uint64_t Varint(std::string_view* bytes) {
  uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes->front());
    bytes->remove_prefix(1);
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

// Calls field(number, wire value, bytes) for every field of a message.
template <class Field>
void Walk(std::string_view message, Field field) {
  while (!message.empty()) {
    const uint64_t tag = Varint(&message);
    uint64_t value = 0;
    std::string_view bytes;
    if ((tag & 7) == 0) {
      value = Varint(&message);
    } else if ((tag & 7) == 2) {
      const size_t length = Varint(&message);
      bytes = message.substr(0, length);
      message.remove_prefix(length);
    } else {
      const int width = (tag & 7) == 1 ? 8 : 4;
      value = Fixed(message, width);
      message.remove_prefix(static_cast<size_t>(width));
    }
    field(static_cast<int>(tag >> 3), value, bytes);
  }
}

std::vector<DecodedEvent> Decode(std::string_view file) {
  std::vector<DecodedEvent> events;
  while (!file.empty()) {
    const size_t length = Fixed(file, 8);
    REQUIRE(Fixed(file.substr(8), 4) == MaskedCrc32c(file.substr(0, 8)));
    const std::string_view payload = file.substr(12, length);
    REQUIRE(payload.size() == length);
    REQUIRE(Fixed(file.substr(12 + length), 4) == MaskedCrc32c(payload));
    file.remove_prefix(16 + length);
    DecodedEvent event;
    Walk(payload, [&event](int number, uint64_t value, std::string_view bytes) {
      if (number == 2) event.step = static_cast<int64_t>(value);
      if (number == 3) event.version = bytes;
      if (number == 7) event.session_start = true;
      if (number != 5) return;
      Walk(bytes, [&event](int, uint64_t, std::string_view scalar) {
        std::pair<std::string, float> decoded;
        Walk(scalar, [&decoded](int part, uint64_t raw, std::string_view tag) {
          if (part == 1) decoded.first = tag;
          const uint32_t bits = static_cast<uint32_t>(raw);
          if (part == 2) std::memcpy(&decoded.second, &bits, 4);
        });
        event.scalars.push_back(decoded);
      });
    });
    events.push_back(event);
  }
  return events;
}

std::vector<fs::path> EventFiles(const fs::path& dir) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(dir)) {
    if (entry.path().filename().string().rfind("events.out.tfevents.", 0) == 0) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

TEST_CASE("CRC-32C agrees with RFC 3720's examples", "[metrics]") {
  REQUIRE(Crc32c("123456789") == 0xe3069283);
  REQUIRE(Crc32c(std::string(32, '\0')) == 0x8a9136aa);
  REQUIRE(Crc32c(std::string(32, '\xff')) == 0x62a8ab43);
}

TEST_CASE("logged values stand in both files, those that are not finite as null", "[metrics]") {
  const TempDir dir;
  {
    auto writer = MetricsWriter::Open(dir / "run", -1).value();
    REQUIRE(writer->Log(1, {{"loss", 2.5}, {"tokens_per_second", 1e4}}).ok());
    REQUIRE(writer->Log(300, {{"loss", std::nan("")}, {"norm", std::numeric_limits<double>::infinity()}}).ok());
    REQUIRE(writer->Flush().ok());
  }
  REQUIRE(Slurp(dir / "run/metrics.jsonl") ==
          "{\"step\":1,\"loss\":2.5,\"tokens_per_second\":10000.0}\n{\"step\":300,\"loss\":null,\"norm\":null}\n");
  REQUIRE(EventFiles(dir / "run").size() == 1);
  const auto events = Decode(Slurp(EventFiles(dir / "run")[0]));
  REQUIRE(events.size() == 3);
  REQUIRE(events[0].version == "brain.Event:2");
  REQUIRE(events[1].step == 1);
  REQUIRE(events[1].scalars == std::vector<std::pair<std::string, float>>{{"loss", 2.5f}, {"tokens_per_second", 1e4f}});
  REQUIRE(events[2].step == 300);
  REQUIRE(events[2].scalars.empty());
}

TEST_CASE("resuming drops later lines and a torn one, and opens a second event file", "[metrics]") {
  const TempDir dir;
  Spill(dir / "metrics.jsonl",
        "{\"step\":1,\"a\":1.0}\n{\"step\":2,\"a\":2.0}\n{\"step\":3,\"a\":3.0}\n{\"step\":2,\"b\":");
  { REQUIRE(MetricsWriter::Open(dir.path(), 2).ok()); }
  {
    auto writer = MetricsWriter::Open(dir.path(), 2).value();
    REQUIRE(writer->Log(3, {{"a", 30.0}}).ok());
  }
  REQUIRE(Slurp(dir / "metrics.jsonl") == "{\"step\":1,\"a\":1.0}\n{\"step\":2,\"a\":2.0}\n{\"step\":3,\"a\":30.0}\n");
  REQUIRE(EventFiles(dir.path()).size() == 2);
  const auto events = Decode(Slurp(EventFiles(dir.path())[0]));
  REQUIRE(events.size() >= 2);
  REQUIRE(events[1].session_start);
  REQUIRE(events[1].step == 3);
}

TEST_CASE("a fresh run empties what an earlier one left", "[metrics]") {
  const TempDir dir;
  Spill(dir / "metrics.jsonl", "{\"step\":1}\n");
  Spill(dir / "events.out.tfevents.1.h.1", "old");
  { REQUIRE(MetricsWriter::Open(dir.path(), -1).ok()); }
  REQUIRE(Slurp(dir / "metrics.jsonl").empty());
  REQUIRE(EventFiles(dir.path()).size() == 1);
}

TEST_CASE("a full disk is reported and leaves whole lines only", "[metrics]") {
  const SmallDisk disk(64 << 10);
  if (!disk.mounted()) {
    WARN("skipped: only root can mount a small file system");
    return;
  }
  auto writer = MetricsWriter::Open(disk / "run", -1).value();
  absl::Status status;
  for (int64_t step = 0; step < 3000 && status.ok(); ++step) {
    status = writer->Log(step, {{"a_metric_of_some_length", 1.0 / static_cast<double>(step + 1)}});
    if (status.ok() && step % 10 == 0) status = writer->Flush();
  }
  REQUIRE(ExitCode(status) == 4);
  const std::string lines = Slurp(disk / "run/metrics.jsonl");
  REQUIRE(!lines.empty());
  REQUIRE(lines.back() == '\n');
}

}  // namespace trivium
