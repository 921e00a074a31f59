#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace partita {

/// The identity of a site: a 64-bit digest of the words of its label. Equal labels have equal
/// identities in every process, build and machine, so a schedule made elsewhere finds its sites.
struct site_id {
    std::uint64_t value = 0;
    auto operator<=>(const site_id&) const = default;
};

/// Builds a site_id word by word, so that whoever meets a site never has to print its label first.
///
///     site_hasher{}.word("n1").word("->").word("n2").word("commit").ordinal(1).id()
///     == site_id_of("n1 -> n2 commit #1")
class site_hasher {
   public:
    /// 64-bit FNV-1a of a word (Fowler, Noll, Vo); exposed so that hot paths can keep it.
    [[nodiscard]] static constexpr std::uint64_t hash_of(std::string_view word) {
        std::uint64_t hash = 0xcbf29ce484222325ULL;
        for (const char letter : word) {
            hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3ULL;
        }
        return hash;
    }
    [[nodiscard]] constexpr site_hasher hashed(std::uint64_t word_hash) const {
        return site_hasher{mix(state_ ^ word_hash)};
    }
    [[nodiscard]] constexpr site_hasher word(std::string_view text) const {
        return hashed(hash_of(text));
    }
    /// The ordinal word `#n`, n >= 1: the n-th time the words before it were met.
    [[nodiscard]] constexpr site_hasher ordinal(std::uint64_t number) const {
        return hashed(mix(number ^ 0x23ULL));
    }
    [[nodiscard]] constexpr site_id id() const { return site_id{state_}; }

    constexpr site_hasher() = default;

   private:
    constexpr explicit site_hasher(std::uint64_t state) : state_(state) {}
    /// The finaliser of splitmix64 (Steele, Lea, Flood, OOPSLA 2014): every bit reaches every bit.
    [[nodiscard]] static constexpr std::uint64_t mix(std::uint64_t bits) {
        bits += 0x9e3779b97f4a7c15ULL;
        bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9ULL;
        bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebULL;
        return bits ^ (bits >> 31);
    }
    std::uint64_t state_ = 0x5061727469746131ULL;
};

/// The identity of the site a label names. Words are separated by single or repeated blanks (spaces
/// and tabs); every word `#n` counts as an ordinal, not only the last.
[[nodiscard]] site_id site_id_of(std::string_view label);

/// A place where the world could go otherwise, named so that the name survives edits of the
/// program: words that say what happens there, then the ordinal of exactly that happening. A label
/// is never a position in a global sequence (execution indexing, Meiklejohn et al., arXiv
/// 2209.08740).
///
///     n1 -> n2 commit #1                     the first commit that n1 sends to n2
///     n2 at receive n1 -> n2 commit #1       node n2, about to receive that message
///
/// Invariant: the text is canonical (single blanks) and its last word is `#` and a number >= 1.
class site_label {
   public:
    site_label() = default;
    /// Requires: `text` ends in an ordinal word; parse_schedule checks text from outside.
    explicit site_label(std::string_view text);

    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] site_id id() const { return id_; }

    friend bool operator==(const site_label& left, const site_label& right) {
        return left.text_ == right.text_;
    }
    friend std::strong_ordering operator<=>(const site_label& left, const site_label& right) {
        return left.text_.compare(right.text_) <=> 0;
    }

   private:
    std::string text_;
    site_id id_;
};

}  // namespace partita
