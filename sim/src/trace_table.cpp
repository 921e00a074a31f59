#include <partita/sim/trace_table.hpp>

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>

namespace partita {
namespace {

constexpr std::size_t cell_width_min = 6;
constexpr std::string_view between = " | ";
constexpr std::string_view ellipsis = "\xe2\x80\xa6";
constexpr std::string_view time_title = "time (ms)";

/// One line of the table: what happened to one node, or to all.
struct row {
    std::string time;
    std::optional<std::size_t> column;  ///< none: the whole line
    std::string text;
    std::string mark;     ///< what became of a message, behind the text
    bool marked = false;  ///< a fault, or its effect
};

bool begins_letter(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }

/// How many columns a text takes: letters of UTF-8, each counted as one.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_letter));
}

std::string cut_to(std::string text, std::size_t width) {
    if (width_of(text) <= width) return text;
    std::size_t letters = 0;
    std::size_t end = 0;
    while (end < text.size() && (letters += begins_letter(text[end]) ? 1 : 0) < width) ++end;
    text.resize(end);
    return text.append(ellipsis);
}

std::string whole(const row& of) { return of.mark.empty() ? of.text : of.text + "  " + of.mark; }

/// The mark is what a reader looks for: the text is cut, and the mark only when there is no room at
/// all for both.
std::string cut_to(const row& of, std::size_t width) {
    const std::size_t behind = of.mark.empty() ? 0 : width_of(of.mark) + 2;
    if (behind == 0 || behind + 3 > width) return cut_to(whole(of), width);
    return cut_to(of.text, width - behind) + "  " + of.mark;
}

/// Contents of messages come from the application; a control character would tear the table.
std::string printable(std::string_view text) {
    std::string clean;
    for (const char byte : text) {
        const auto code = static_cast<unsigned char>(byte);
        if (code < 0x20 || code == 0x7f) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\x%02x", static_cast<unsigned>(code));
            clean += escape;
        } else {
            clean += byte;
        }
    }
    return clean;
}

std::string upper_case(std::string_view text) {
    std::string loud(text);
    for (char& letter : loud) {
        if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
    }
    return loud;
}

std::string milliseconds(time_point at) {
    const auto total = at.time_since_epoch().count();
    char buffer[48];
    std::snprintf(buffer, sizeof buffer, "%lld.%03lld", static_cast<long long>(total / 1'000'000),
                  static_cast<long long>(total % 1'000'000 / 1'000));
    return buffer;
}

/// Turns events into rows.
class row_maker {
   public:
    row_maker(const trace& of, const std::vector<node_id>& nodes, bool all) : of_(of), all_(all) {
        for (std::size_t column = 0; column < nodes.size(); ++column)
            columns_[nodes[column]] = column;
    }

    std::vector<row> make() {
        for (const traced_event& event : of_.events()) {
            if (!joins_its_send(event)) add(event);
        }
        return std::move(rows_);
    }

   private:
    /// What became of a message right where it was sent is told in the row of its send.
    bool joins_its_send(const traced_event& event) {
        const bool told = event.kind == event_kind::drop || event.kind == event_kind::delay ||
                          event.kind == event_kind::duplicate || event.kind == event_kind::rewrite;
        const auto send = sends_.find(event.cause.value);
        if (!told || send == sends_.end() || event.node != event.source.node) return false;
        row& joined = rows_[send->second];
        if (event.kind == event_kind::drop && !joined.text.starts_with("x "))
            joined.text.insert(0, "x ");
        joined.mark += (joined.mark.empty() ? "" : ", ") + reason_of(event);
        joined.marked = true;
        return true;
    }

    [[nodiscard]] std::string reason_of(const traced_event& event) const {
        const std::string_view why = of_.text(event);
        return upper_case(printable(why.empty() ? to_text(event.kind) : why));
    }

    [[nodiscard]] bool is_shown(const traced_event& event) const {
        switch (event.kind) {
            case event_kind::spawn:
            case event_kind::exit:
            case event_kind::local:
                return all_;
            case event_kind::deliver:
            case event_kind::fire:
                return all_ || event.type != nullptr;  // not a fiber's wake-up
            default:
                return true;
        }
    }

    void add(const traced_event& event) {
        if (!is_shown(event)) return;
        row made{milliseconds(event.at), column_of(event), text_of(event), mark_of(event),
                 is_marked(event.kind)};
        if (event.kind == event_kind::send) sends_[event.id.value] = rows_.size();
        rows_.push_back(std::move(made));
    }

    [[nodiscard]] std::optional<std::size_t> column_of(const traced_event& event) const {
        const auto found = columns_.find(event.node);
        const bool whole_line = event.kind == event_kind::fault ||
                                event.kind == event_kind::failure ||
                                event.kind == event_kind::bound;
        if (whole_line || found == columns_.end()) return std::nullopt;
        return found->second;
    }

    [[nodiscard]] static bool is_marked(event_kind kind) {
        switch (kind) {
            case event_kind::drop:
            case event_kind::delay:
            case event_kind::duplicate:
            case event_kind::rewrite:
            case event_kind::crash:
            case event_kind::restart:
            case event_kind::pause:
            case event_kind::resume:
            case event_kind::fault:
            case event_kind::failure:
            case event_kind::bound:
                return true;
            default:
                return false;
        }
    }

    [[nodiscard]] std::string name_of(const traced_event& event) const {
        return event.type == nullptr ? "wake-up" : std::string(event.type->name);
    }
    [[nodiscard]] std::string message_of(const traced_event& event) const {
        return printable(of_.message_text(event));
    }
    [[nodiscard]] std::string words_of(const traced_event& event) const {
        return printable(of_.text(event));
    }
    [[nodiscard]] std::string with_words(std::string text, const traced_event& event) const {
        return event.text_size == 0 ? text : text + " " + words_of(event);
    }

    /// At a receiver; at a sender the row of the send has it.
    [[nodiscard]] std::string mark_of(const traced_event& event) const {
        const bool of_message = event.kind == event_kind::drop || event.kind == event_kind::delay ||
                                event.kind == event_kind::duplicate ||
                                event.kind == event_kind::rewrite;
        return of_message ? reason_of(event) : "";
    }

    [[nodiscard]] std::string text_of(const traced_event& event) const {
        switch (event.kind) {
            case event_kind::send:
                return name_of(event) + " -> " + event.destination.node.name();
            case event_kind::local:
                return message_of(event) + " -> itself";
            case event_kind::deliver:
                return "<- " + event.source.node.name() + " " + message_of(event);
            case event_kind::fire:
                return "timer " + message_of(event);
            case event_kind::drop:
            case event_kind::delay:
            case event_kind::duplicate:
            case event_kind::rewrite:
                return (event.kind == event_kind::drop ? "x <- " : "<- ") +
                       event.source.node.name() + " " + name_of(event);
            case event_kind::note:
                return "* " + message_of(event);
            case event_kind::invoke:
                return "> " + words_of(event);
            case event_kind::respond:
                return "< " + words_of(event);
            case event_kind::crash:
            case event_kind::restart:
            case event_kind::pause:
            case event_kind::resume:
                return with_words("! " + upper_case(to_text(event.kind)), event);
            case event_kind::fault:
                return "! " + words_of(event);
            case event_kind::failure:
            case event_kind::bound:
                return with_words(
                    "! " + event.node.name() + " " + std::string(to_text(event.kind)) + ":", event);
            case event_kind::spawn:
            case event_kind::exit:
                return with_words(std::string(to_text(event.kind)), event);
        }
        return {};
    }

    const trace& of_;
    bool all_;
    std::map<node_id, std::size_t> columns_;
    std::map<std::uint64_t, std::size_t> sends_;  ///< row of each send event
    std::vector<row> rows_;
};

/// The widest cells such that a line fits: none is cut below the width that all can have.
std::vector<std::size_t> fitted(std::vector<std::size_t> widths, std::size_t room) {
    const auto total = [&](std::size_t most) {
        std::size_t sum = 0;
        for (const std::size_t width : widths) sum += std::min(width, most);
        return sum;
    };
    std::size_t most = widths.empty() ? 0 : *std::max_element(widths.begin(), widths.end());
    while (most > cell_width_min && total(most) > room) --most;
    for (std::size_t& width : widths) width = std::min(width, most);
    return widths;
}

/// Writes rows, once the widths of all columns are known.
class table_writer {
   public:
    table_writer(const std::vector<row>& rows, const std::vector<node_id>& nodes,
                 const table_options& options)
        : options_(options), time_width_(time_title.size()) {
        std::vector<std::size_t> widths;
        for (const node_id node : nodes) widths.push_back(width_of(node.name()));
        for (const row& each : rows) {
            time_width_ = std::max(time_width_, each.time.size());
            if (each.column)
                widths[*each.column] = std::max(widths[*each.column], width_of(whole(each)));
        }
        const std::size_t frame = time_width_ + between.size() * nodes.size();
        widths_ = fitted(widths, options.columns_max > frame ? options.columns_max - frame : 0);
    }

    void head(const std::vector<node_id>& nodes) {
        std::string title(time_title);
        std::string rule(time_width_, '-');
        title.insert(0, time_width_ - title.size(), ' ');
        for (std::size_t column = 0; column < nodes.size(); ++column) {
            title += std::string(between) + padded(nodes[column].name(), widths_[column]);
            rule += "-+-" + std::string(widths_[column], '-');
        }
        line(title);
        line(rule);
    }

    void add(const row& each) {
        std::string text = std::string(time_width_ - each.time.size(), ' ') + each.time;
        if (!each.column) return whole_line(text, each);
        for (std::size_t column = 0; column < widths_.size(); ++column) {
            const bool mine = column == *each.column;
            const std::string cell =
                padded(mine ? cut_to(each, widths_[column]) : "", widths_[column]);
            text += std::string(between) + (mine ? coloured(cell, each.marked) : cell);
        }
        line(text);
    }

    std::string take() { return std::move(out_); }

   private:
    void whole_line(const std::string& time, const row& each) {
        const std::size_t frame = time_width_ + between.size();
        const std::size_t room = std::max(options_.columns_max, frame + cell_width_min) - frame;
        line(time + std::string(between) + coloured(cut_to(each, room), each.marked));
    }
    static std::string padded(std::string text, std::size_t width) {
        return text.append(width - std::min(width, width_of(text)), ' ');
    }
    [[nodiscard]] std::string coloured(const std::string& text, bool marked) const {
        return options_.colour && marked ? "\x1b[31m" + text + "\x1b[0m" : text;
    }
    void line(const std::string& text) {
        out_.append(text, 0, text.find_last_not_of(' ') + 1).append("\n");
    }

    table_options options_;
    std::size_t time_width_;
    std::vector<std::size_t> widths_;
    std::string out_;
};

}  // namespace

std::string to_table(const trace& of, const std::vector<node_id>& nodes,
                     const table_options& options) {
    const std::vector<row> rows = row_maker(of, nodes, options.all).make();
    table_writer table(rows, nodes, options);
    table.head(nodes);
    for (const row& each : rows) table.add(each);
    return table.take();
}

}  // namespace partita
