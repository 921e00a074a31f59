#include "gossiper.hpp"

#include <algorithm>
#include <charconv>

namespace partita::gossip {
namespace {

constexpr std::string_view messages_key = "gossip/messages";
constexpr std::string_view owed_prefix = "gossip/owed/";  // NODE/KEY; no node has a slash

constexpr duration rumor_round = std::chrono::milliseconds(100);
constexpr int useless_contacts_most = 2;

std::string owed_key(node_id to, const std::string& key) {
    return std::string(owed_prefix) + to.name() + "/" + key;
}

std::uint64_t number_in(const std::optional<std::string>& text) {
    std::uint64_t number = 0;
    if (text) (void)std::from_chars(text->data(), text->data() + text->size(), number);
    return number;
}

}  // namespace

void gossiper::on_start(context& self) {
    held_.recover(self.storage());
    messages_ = number_in(self.storage().value_of(messages_key));
    for (const std::string& name : self.storage().keys()) {
        if (!name.starts_with(owed_prefix)) continue;
        const std::string rest = name.substr(owed_prefix.size());
        const std::size_t slash = rest.find('/');
        owed_.emplace(node_id(rest.substr(0, slash)), rest.substr(slash + 1));
    }
    self.note(node_started{});
    if (!owed_.empty()) mail_timer_.arm(self);
    if (life_ > 1) compare_with_all(self, {});
}

// ---- updates -----------------------------------------------------------------------------------

void gossiper::update(context& self, const std::string& key, const std::string& value,
                      bool deleted) {
    const bool was_there = held_.at(key, self.now()).has_value();
    const item made{value,
                    deleted,
                    held_.stamp(key, self.now()),
                    self.now().time_since_epoch().count(),
                    {self.node(), life_, ++updates_made_}};
    self.note(update_made{key, made, key.starts_with(message_prefix)});
    held_.merge(self.storage(), key, made, self.now());
    say(self, key, was_there);
    spread(self, key, {});
}

void gossiper::on_message(context& self, const client_put& put) {
    update(self, put.key, put.value, put.deletes);
    self.reply(self.caller(), client_done{});
}

void gossiper::on_message(context& self, const client_broadcast& wanted) {
    const std::string number = std::to_string(messages_ + 1);
    if (!options_.has(bug::same_message_id)) ++messages_;
    self.storage().put(messages_key, std::to_string(messages_));
    update(self, std::string(message_prefix) + self.node().name() + "/" + number, wanted.value,
           false);
    self.reply(self.caller(), client_done{});
}

void gossiper::on_message(context& self, const client_read& wanted) {
    const auto found = held_.at(wanted.key, self.now());
    const bool nothing = !found || found->deleted;
    self.reply(self.caller(), client_value{nothing ? std::string(not_found) : found->value});
}

/// Whether it was news here.
bool gossiper::learn(context& self, const std::string& key, const item& content) {
    const bool was_there = held_.at(key, self.now()).has_value();
    const arrival what = held_.merge(self.storage(), key, content, self.now());
    if (what == arrival::known) return false;
    say(self, key, was_there);
    // Who told what was obsolete is to hear of it.
    spread(self, key, what == arrival::awakened ? node_id{} : self.sender().node);
    return what == arrival::news;
}

void gossiper::say(context& self, const std::string& key, bool was_there) {
    const item now = held_.at(key, self.now()).value_or(item{});
    self.note(node_holds{key, now});
    if (key.starts_with(message_prefix) && !was_there)
        self.note(message_delivered{now.id, now.value});
}

/// `from` is who knows already.
void gossiper::spread(context& self, const std::string& key, node_id from) {
    if (options_.mails()) {
        if (from == node_id{}) mail(self, key);
        return;
    }
    if (options_.protocol == protocol_kind::rumor_mongering) {
        hot_[key] = 0;
        if (!std::exchange(rumor_armed_, true)) self.send_after(rumor_round, next_rumor_round{});
        if (options_.has(bug::no_back_up)) return;
    }
    compare_with_all(self, from);
}

// ---- direct mail -------------------------------------------------------------------------------

void gossiper::mail(context& self, const std::string& key) {
    std::vector<node_id> others = self.members();
    std::erase(others, self.node());
    if (options_.protocol == protocol_kind::direct_mail_acked) {
        for (const node_id each : others) {
            owed_.emplace(each, key);
            self.storage().put(owed_key(each, key), {});
        }
        self.storage().sync();
        mail_timer_.hurry();
        mail_timer_.arm(self);
    }
    if (const auto content = held_.at(key, self.now()))
        self.send_peers(others, letter{key, *content});
}

void gossiper::on_message(context& self, const letter& it) {
    (void)learn(self, it.key, it.content);
    if (options_.protocol == protocol_kind::direct_mail_acked)
        self.send(self.sender(), letter_received{it.key, it.content.when});
}

/// Unless there is something later to tell it of the key.
void gossiper::on_message(context& self, const letter_received& it) {
    const auto content = held_.at(it.key, self.now());
    if (content && content->when != it.when) return;
    if (owed_.erase({self.sender().node, it.key}) == 0) return;
    self.storage().erase(owed_key(self.sender().node, it.key));
    self.storage().sync();
}

void gossiper::on_message(context& self, const mail_again&) {
    mail_timer_.fired();
    for (const auto& [to, key] : owed_) {
        if (const auto content = held_.at(key, self.now()))
            self.send(self.peer(to), letter{key, *content});
    }
    if (!owed_.empty() && !options_.has(bug::mailed_twice_only)) mail_timer_.arm(self);
}

// ---- rumors ------------------------------------------------------------------------------------

void gossiper::on_message(context& self, const next_rumor_round&) {
    tend(self);
    rumor_armed_ = false;
    std::erase_if(hot_, [](const auto& each) { return each.second >= useless_contacts_most; });
    std::vector<node_id> others = self.members();
    std::erase(others, self.node());
    if (hot_.empty() || others.empty()) return;
    rumor told;
    for (auto& [key, useless] : hot_) {
        ++useless;  // unless the answer says otherwise
        if (const auto content = held_.at(key, self.now())) told.told[key] = *content;
    }
    const auto whom = self.random().between(0, static_cast<std::int64_t>(others.size()) - 1);
    self.send(self.peer(others[static_cast<std::size_t>(whom)]), told);
    rumor_armed_ = true;
    self.send_after(rumor_round, next_rumor_round{});
}

void gossiper::on_message(context& self, const rumor& it) {
    tend(self);
    rumor_heard answer;
    for (const auto& [key, content] : it.told) {
        if (learn(self, key, content)) answer.news.push_back(key);
    }
    self.send(self.sender(), answer);
}

void gossiper::on_message(context&, const rumor_heard& it) {
    for (const std::string& key : it.news) {
        if (const auto found = hot_.find(key); found != hot_.end()) found->second = 0;
    }
}

// ---- anti-entropy ------------------------------------------------------------------------------

void gossiper::tend(context& self) { held_.tend(self.storage(), self.now(), to_compare_); }

void gossiper::compare_with_all(context& self, node_id but) {
    if (options_.mails()) return;
    for (const node_id each : self.members()) {
        const bool waits =
            std::find(to_compare_.begin(), to_compare_.end(), each) != to_compare_.end();
        if (each != self.node() && each != but && !waits) to_compare_.push_back(each);
    }
    self.random().shuffle(to_compare_);
    comparison_timer_.hurry();
    if (!to_compare_.empty()) comparison_timer_.arm(self);
}

void gossiper::on_message(context& self, const next_comparison&) {
    tend(self);
    comparison_timer_.fired();
    if (to_compare_.empty()) return;
    // Each has its turn, also behind one that does not answer.
    std::rotate(to_compare_.begin(), to_compare_.begin() + 1, to_compare_.end());
    self.send(self.peer(to_compare_.back()), compare{held_.digest(self.now())});
    comparison_timer_.arm(self);
}

void gossiper::on_message(context& self, const compare& theirs) {
    tend(self);
    const std::uint64_t mine = held_.digest(self.now());
    if (mine != theirs.digest)
        return self.send(self.sender(), database_is{held_.active(self.now()), true});
    std::erase(to_compare_, self.sender().node);
    self.send(self.sender(), equal{mine});
}

void gossiper::on_message(context& self, const equal& it) {
    tend(self);
    comparison_timer_.hurry();
    if (it.digest == held_.digest(self.now())) std::erase(to_compare_, self.sender().node);
}

void gossiper::on_message(context& self, const database_is& theirs) {
    tend(self);
    comparison_timer_.hurry();
    for (const auto& [key, content] : theirs.held) (void)learn(self, key, content);
    const std::uint64_t mine = held_.digest(self.now());
    if (mine == database::digest_of(theirs.held)) std::erase(to_compare_, self.sender().node);
    if (theirs.answer_wanted) {
        self.send(self.sender(), database_is{held_.active(self.now()), false});
    } else {
        self.send(self.sender(), equal{mine});
    }
}

}  // namespace partita::gossip
