// Artefacts: what is written is opened, everything else is refused.
#include "core/artifact/artifact_dir.h"

#include <sys/stat.h>

#include "core/base/sha256.h"
#include "tests/harness/temp_dir.h"
#include "tests/test.h"

namespace trivium {
namespace fs = std::filesystem;
namespace {

absl::Status Write(const fs::path& dir, const std::map<std::string, std::string>& files) {
  ASSIGN_OR_RETURN(ArtifactWriter writer, ArtifactWriter::Create(dir));
  for (const auto& [name, bytes] : files) RETURN_IF_ERROR(writer.Add(name, bytes));
  return writer.Commit("test", {{"steps", 3}, {"loss", 0.1}, {"tiny", 1e-300}, {"note", "caf\xc3\xa9 \xff"}});
}

const std::map<std::string, std::string> kFiles = {
    {"config.json", "{}"}, {"sub/weights.bin", "0123456789"}, {"empty", ""}};

void RequireBad(const fs::path& dir, const std::string& named, const std::string& kind = "") {
  const absl::Status status = OpenArtifact(dir, kind).status();
  INFO(Message(status));
  REQUIRE(ExitCode(status) == 3);
  REQUIRE(Message(status).find(named) != std::string::npos);
}

// The manifest with its self-hash made right again: what a careful forger writes.
void Forge(const fs::path& dir, const std::string& from, const std::string& to) {
  std::string text = Slurp(dir / "manifest.json");
  text.replace(text.find(from), from.size(), to);
  const size_t self = text.find(",\n \"self_sha256\"");
  const std::string rest = text.substr(0, self) + "\n}";
  Spill(dir / "manifest.json", text.substr(0, self) + ",\n \"self_sha256\": \"" + Sha256Hex(rest) + "\"\n}\n");
}

}  // namespace

TEST_CASE("an artefact is opened with its kind, metadata, hashes and files", "[artifact]") {
  const TempDir dir;
  REQUIRE(Write(dir / "a/b", kFiles).ok());
  const Artifact artifact = OpenArtifact(dir / "a/b", "test").value();
  REQUIRE(artifact.kind == "test");
  REQUIRE(artifact.metadata["steps"] == 3);
  REQUIRE(artifact.metadata["loss"] == 0.1);
  REQUIRE(artifact.sha256.size() == 3);
  REQUIRE(artifact.sha256.at("sub/weights.bin") == Sha256Hex("0123456789"));
  REQUIRE(ReadArtifactFile(artifact, "sub/weights.bin").value() == "0123456789");
  REQUIRE(ReadArtifactFile(artifact, "empty").value().empty());
  REQUIRE(ExitCode(ReadArtifactFile(artifact, "other").status()) == 3);
  REQUIRE(CountEntries(dir / "a") == 1);
}

TEST_CASE("the identity of an artefact is that of its files, not of its metadata or place", "[artifact]") {
  const TempDir dir;
  REQUIRE(Write(dir / "a", {{"x", "1"}, {"y", "2"}}).ok());
  ArtifactWriter writer = ArtifactWriter::Create(dir / "b").value();
  Spill(dir / "source", "2");
  REQUIRE(writer.AddFrom("y", dir / "source").ok());
  REQUIRE(writer.Add("x", "1").ok());
  REQUIRE(writer.Commit("other", nullptr).ok());
  const std::string identity = ContentSha256(OpenArtifact(dir / "a", "").value());
  REQUIRE(identity == ContentSha256(OpenArtifact(dir / "b", "").value()));
  REQUIRE(identity == Sha256Hex("x " + Sha256Hex("1") + "\ny " + Sha256Hex("2") + "\n"));
}

TEST_CASE("a flip of any bit of any file, the manifest included, is noticed", "[artifact]") {
  const TempDir dir;
  REQUIRE(Write(dir / "a", {{"config.json", "{\"k\": 1}"}, {"sub/w", "\x01\x02\x03"}}).ok());
  REQUIRE(OpenArtifact(dir / "a", "test").ok());
  for (const std::string name : {"config.json", "sub/w", "manifest.json"}) {
    const std::string good = Slurp(dir / ("a/" + name));
    for (size_t at = 0; at < good.size(); ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string bad = good;
        bad[at] ^= static_cast<char>(1 << bit);
        Spill(dir / ("a/" + name), bad);
        if (ExitCode(OpenArtifact(dir / "a", "").status()) != 3) FAIL(name << " byte " << at << " bit " << bit);
      }
    }
    Spill(dir / ("a/" + name), good);
  }
  REQUIRE(OpenArtifact(dir / "a", "test").ok());
}

TEST_CASE("missing, extra, shortened, linked and special files are refused by name", "[artifact]") {
  const TempDir dir;
  REQUIRE(Write(dir / "a", kFiles).ok());
  RequireBad(dir / "none", "none");
  RequireBad(dir / "a", "another", "another");
  SECTION("missing file") { fs::remove(dir / "a/empty"), RequireBad(dir / "a", "empty is missing"); }
  SECTION("missing manifest") { fs::remove(dir / "a/manifest.json"), RequireBad(dir / "a", "manifest.json"); }
  SECTION("extra file") { Spill(dir / "a/sub/more", "x"), RequireBad(dir / "a", "sub/more"); }
  SECTION("extra folder") { fs::create_directory(dir / "a/void"), RequireBad(dir / "a", "void"); }
  SECTION("deep file") {
    fs::create_directories(dir / "a/sub/deep");
    RequireBad(dir / "a", "sub/deep");
  }
  SECTION("short file") { fs::resize_file(dir / "a/sub/weights.bin", 9), RequireBad(dir / "a", "sub/weights.bin"); }
  SECTION("link to equal content") {
    fs::rename(dir / "a/config.json", dir / "moved");
    fs::create_symlink(dir / "moved", dir / "a/config.json");
    RequireBad(dir / "a", "config.json");
  }
  SECTION("linked manifest") {
    fs::rename(dir / "a/manifest.json", dir / "moved");
    fs::create_symlink(dir / "moved", dir / "a/manifest.json");
    RequireBad(dir / "a", "manifest.json");
  }
  SECTION("pipe") { mkfifo((dir / "a/pipe").c_str(), 0600), RequireBad(dir / "a", "pipe"); }
}

TEST_CASE("a forged manifest cannot lead outside or change the rules", "[artifact]") {
  const TempDir dir;
  REQUIRE(Write(dir / "a", kFiles).ok());
  SECTION("a harmless forgery opens, so that the next ones fail for their own reason") {
    Forge(dir / "a", "\"kind\": \"test\"", "\"kind\": \"pipeline\"");
    REQUIRE(OpenArtifact(dir / "a", "pipeline").ok());
  }
  SECTION("parent folder") { Forge(dir / "a", "\"empty\"", "\"../empty\""), RequireBad(dir / "a", "odd file name"); }
  SECTION("absolute") { Forge(dir / "a", "\"empty\"", "\"/etc/passwd\""), RequireBad(dir / "a", "odd file name"); }
  SECTION("version") { Forge(dir / "a", "\"version\": 1", "\"version\": 2"), RequireBad(dir / "a", "version 2"); }
  SECTION("format") { Forge(dir / "a", "\"trivium\"", "\"trevium\""), RequireBad(dir / "a", "not written by"); }
  SECTION("unknown key") { Forge(dir / "a", "\"kind\"", "\"more\": 1,\n \"kind\""), RequireBad(dir / "a", "damaged"); }
  SECTION("repeated key") {
    Forge(dir / "a", "\"kind\"", "\"kind\": \"x\",\n \"kind\""), RequireBad(dir / "a", "repeated");
  }
}

TEST_CASE("a file that changes after opening is noticed when it is read", "[artifact]") {
  const TempDir dir;
  REQUIRE(Write(dir / "a", kFiles).ok());
  const Artifact artifact = OpenArtifact(dir / "a", "").value();
  Spill(dir / "a/config.json", "[]");
  REQUIRE(ExitCode(ReadArtifactFile(artifact, "config.json").status()) == 3);
}

TEST_CASE("names outside the grammar, names used twice and deep metadata are usage errors", "[artifact]") {
  const TempDir dir;
  ArtifactWriter writer = ArtifactWriter::Create(dir / "a").value();
  for (const std::string name : {"", ".", "..", "../x", "/x", "a/b/c", "a//b", "a/", ".hidden", "a/.b", "a b", "a\\b",
                                 "manifest.json", "caf\xc3\xa9"}) {
    REQUIRE(ExitCode(writer.Add(name, "x")) == 2);
  }
  REQUIRE(writer.Add("a", "x").ok());
  REQUIRE(ExitCode(writer.Add("a", "y")) == 2);
  REQUIRE(ExitCode(writer.Add("a/b", "y")) == 2);
  REQUIRE(ExitCode(writer.AddFrom("b", dir / "none")) == 2);
  nlohmann::json deep = nlohmann::json::object();
  for (int i = 0; i < 40; ++i) deep = {{"a", deep}};
  REQUIRE(ExitCode(writer.Commit("test", deep)) == 2);
  REQUIRE(ExitCode(writer.Add("c", "x")) == 1);
  REQUIRE(CountEntries(dir.path()) == 0);
}

}  // namespace trivium
