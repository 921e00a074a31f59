#include <partita/corpus/corpus.hpp>

#include <initializer_list>

#include "content.hpp"
#include "escape.hpp"
#include "merging.hpp"
#include "opening.hpp"
#include "prefixes.hpp"
#include "rows.hpp"

namespace partita {

namespace store = detail::store;

struct corpus::connection {
    store::database file;
    std::filesystem::path path;
    access granted = access::read;
    corpus_options options;

    /// Begins a change; unavailable when the corpus was opened for reading.
    [[nodiscard]] result<store::transaction> change() const {
        if (granted == access::read) {
            return file.failure(error_code::unavailable, "was opened for reading only");
        }
        return store::transaction::begin(file, store::transaction::kind::immediate);
    }

    /// Runs one statement that must change the row of the first argument, in a transaction of its
    /// own.
    [[nodiscard]] result<void> change_row(std::string_view one_statement,
                                          std::initializer_list<std::string_view> arguments) const {
        auto begun = change();
        auto row = file.prepare(one_statement);
        if (!begun || !row) {
            return tl::unexpected(begun ? row.error() : begun.error());
        }
        int index = 0;
        for (const std::string_view argument : arguments) {
            row->bind(++index, argument);
        }
        if (const auto done = row->step(); !done) {
            return tl::unexpected(done.error());
        }
        if (sqlite3_changes(file.handle()) == 0) {
            return file.failure(error_code::not_found,
                                "no counterexample " + store::escaped(*arguments.begin()));
        }
        return begun->commit();
    }
};

corpus::corpus(std::unique_ptr<connection> opened) : connection_(std::move(opened)) {}
corpus::corpus(corpus&&) noexcept = default;
corpus& corpus::operator=(corpus&&) noexcept = default;
corpus::~corpus() = default;

result<corpus> corpus::open(const std::filesystem::path& path, access wanted,
                            const corpus_options& options) {
    return store::open_corpus_file({.path = path,
                                    .write = wanted == access::write,
                                    .busy_timeout = options.busy_timeout})
        .map([&](store::database&& file) {
            return corpus(
                std::make_unique<connection>(connection{std::move(file), path, wanted, options}));
        });
}

result<bool> corpus::add(const counterexample& finding) {
    const store::database& file = connection_->file;
    if (auto storable = store::check_storable(finding, file); !storable) {
        return tl::unexpected(storable.error());
    }
    auto change = connection_->change();
    if (!change) {
        return tl::unexpected(change.error());
    }
    counterexample there;
    const auto known = store::find_row(file, finding.id, there);
    if (!known || *known) {
        return known.map([](bool) { return false; });
    }
    return store::put_row(file, finding).and_then([&change] { return change->commit(); }).map([] {
        return true;
    });
}

result<std::vector<counterexample>> corpus::list() const {
    auto rows = connection_->file.prepare(store::select_rows("ORDER BY id"));
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    std::vector<counterexample> all;
    auto more = rows->step();
    for (; more && *more; more = rows->step()) {
        auto row = store::read_row(*rows, connection_->file);
        if (!row) {
            return tl::unexpected(row.error());
        }
        all.push_back(std::move(*row));
    }
    return more.map([&all](bool) { return std::move(all); });
}

result<counterexample> corpus::find(std::string_view prefix) const {
    const store::database& file = connection_->file;
    // One snapshot: between the two queries another process might remove the row.
    const auto snapshot = store::transaction::begin(file, store::transaction::kind::deferred);
    if (!snapshot) {
        return tl::unexpected(snapshot.error());
    }
    return store::resolve_prefix(file, prefix).and_then([&](const std::string& id) {
        counterexample found;
        return store::find_row(file, id, found).map([&found](bool) { return std::move(found); });
    });
}

result<void> corpus::remove(std::string_view id) {
    return connection_->change_row("DELETE FROM counterexamples WHERE id = ?1", {id});
}

result<void> corpus::set_status(std::string_view id, counterexample_status status) {
    return connection_->change_row("UPDATE counterexamples SET status = ?2 WHERE id = ?1",
                                   {id, to_text(status)});
}

result<std::size_t> corpus::merge(const std::filesystem::path& other) {
    if (connection_->granted == access::read) {
        return connection_->file.failure(error_code::unavailable, "was opened for reading only");
    }
    return store::open_corpus_file(
               {.path = other, .busy_timeout = connection_->options.busy_timeout})
        .and_then([this](const store::database& from) {
            return store::merge_rows(connection_->file, from);
        });
}

}  // namespace partita
