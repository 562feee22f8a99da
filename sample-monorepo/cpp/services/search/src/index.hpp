// An inverted index over the products, ranked by BM25.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

struct Document {
  std::string sku;
  std::string name;
  std::string text;  // everything that can be searched for
};

struct Hit {
  std::string sku;
  std::string name;
  double score;
};

class Index {
 public:
  explicit Index(const std::vector<Document>& documents);

  // All documents with at least one word of the query, best first.
  std::vector<Hit> search(const std::string& query) const;

  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string sku;
    std::string name;
    double words = 0;
  };
  struct Posting {
    std::size_t entry;
    double count;
  };

  double weight(const Posting& posting, std::size_t entries_with_word) const;

  std::vector<Entry> entries_;
  std::unordered_map<std::string, std::vector<Posting>> postings_;  // by word
  double mean_words_ = 0;
};
