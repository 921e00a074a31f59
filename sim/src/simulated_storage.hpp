#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <partita/runtime/ports.hpp>

namespace partita {

/// A node's disk: what was synced stays when the node crashes, what was only written does not.
class simulated_storage final : public storage_port {
   public:
    void put(std::string_view key, std::string_view value) override {
        written_.insert_or_assign(std::string(key), std::string(value));
        dirty_ = true;
    }
    void erase(std::string_view key) override {
        if (const auto found = written_.find(key); found != written_.end()) written_.erase(found);
        dirty_ = true;
    }
    void sync() override {
        if (dirty_) durable_ = written_;
        dirty_ = false;
    }
    [[nodiscard]] std::optional<std::string> value_of(std::string_view key) const override {
        const auto found = written_.find(key);
        if (found == written_.end()) return std::nullopt;
        return found->second;
    }
    [[nodiscard]] std::vector<std::string> keys() const override {
        std::vector<std::string> all;
        for (const auto& [key, value] : written_) all.push_back(key);
        return all;
    }
    void lose_unsynced() {
        written_ = durable_;
        dirty_ = false;
    }

   private:
    std::map<std::string, std::string, std::less<>> written_;
    std::map<std::string, std::string, std::less<>> durable_;
    bool dirty_ = false;
};

}  // namespace partita
