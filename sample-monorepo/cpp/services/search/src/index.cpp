#include "index.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "words.hpp"

namespace {

// The usual constants of BM25: the saturation of repeated words, and the
// penalty for long texts.
constexpr double saturation = 1.2;
constexpr double length_penalty = 0.75;

}  // namespace

Index::Index(const std::vector<Document>& documents) {
  double all_words = 0;
  for (const auto& document : documents) {
    std::map<std::string, double> counts;
    const auto found = words(document.text);
    for (const auto& word : found) ++counts[word];
    for (const auto& [word, count] : counts) postings_[word].push_back({entries_.size(), count});

    const auto length = static_cast<double>(found.size());
    entries_.push_back({document.sku, document.name, length});
    all_words += length;
  }
  if (!entries_.empty()) mean_words_ = all_words / static_cast<double>(entries_.size());
}

std::vector<Hit> Index::search(const std::string& query) const {
  std::map<std::size_t, double> scores;
  for (const auto& word : words(query)) {
    const auto found = postings_.find(word);
    if (found == postings_.end()) continue;
    for (const auto& posting : found->second) {
      scores[posting.entry] += weight(posting, found->second.size());
    }
  }
  std::vector<Hit> hits;
  for (const auto& [entry, score] : scores) {
    hits.push_back({entries_[entry].sku, entries_[entry].name, score});
  }
  std::ranges::stable_sort(hits, std::ranges::greater{}, &Hit::score);
  return hits;
}

double Index::weight(const Posting& posting, std::size_t entries_with_word) const {
  const auto with = static_cast<double>(entries_with_word);
  const auto all = static_cast<double>(entries_.size());
  const double rarity = std::log(1 + (all - with + 0.5) / (with + 0.5));
  const double length = entries_[posting.entry].words / mean_words_;
  const double damping = saturation * (1 - length_penalty + length_penalty * length);
  return rarity * posting.count * (saturation + 1) / (posting.count + damping);
}
