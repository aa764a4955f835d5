//! Each scenario runs on SQLite and on a real PostgreSQL server.

mod actions;
mod changes;
mod credentials;
mod events;
mod grants;
mod identities;
mod journal;
mod locks;
mod registry;
mod reviews;
mod rollouts;
mod samples;
mod sign_in;
mod usage;

use std::pin::Pin;

use countersign_store::Store;
use countersign_test_support::Postgres;

use actions::*;
use changes::*;
use credentials::*;
use events::*;
use grants::*;
use identities::*;
use locks::*;
use registry::*;
use reviews::*;
use rollouts::*;
use sign_in::*;
use usage::*;

/// A scenario under way.
type Scenario<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

macro_rules! scenarios {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    let folder = tempfile::tempdir().unwrap();
                    let url = format!("sqlite://{}/countersign.db", folder.path().display());
                    let store = super::Store::connect(&url).await.unwrap();
                    super::$name(&store).await;
                    store.close().await.unwrap();
                }
            )*
        }

        /// Each on the heap and behind a function: together they would not fit on a test's stack.
        mod boxed {
            $(
                pub fn $name(store: &super::Store) -> super::Scenario<'_> {
                    Box::pin(super::$name(store))
                }
            )*
        }

        /// One server for all of them, a database each.
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn postgres() {
            let server = Postgres::start().await.unwrap();
            let all: &[(&str, fn(&Store) -> Scenario<'_>)] =
                &[$((stringify!($name), boxed::$name)),*];
            for (name, scenario) in all {
                let url = server.create_database(name).await.unwrap();
                let store = Store::connect(&url).await.unwrap();
                scenario(&store).await;
                store.close().await.unwrap();
            }
        }
    };
}

scenarios![
    keys_that_sign_are_published_and_retire,
    issued_credentials_are_revoked_with_whom_they_name,
    a_credential_ends_with_the_token_it_was_given_for,
    an_assertion_is_used_once,
    principals_have_keys_of_their_own,
    an_issuer_is_trusted_once_for_an_audience,
    a_person_is_one_principal,
    a_lock_is_in_force_until_it_is_lifted,
    a_lock_lifts_itself,
    what_is_locked_has_to_exist,
    an_edges_key_is_replaced_once,
    a_copied_edge_is_locked,
    a_link_signs_in_once,
    sessions_end_idle_and_in_any_case,
    disabling_a_person_ends_everything,
    the_last_admin_stays,
    an_attempt_ends_once_in_its_browser,
    what_a_try_showed_is_forgotten,
    a_token_is_first_seen_once,
    what_happened_is_listed,
    the_provider_says_who_people_are,
    a_code_gives_one_token_which_ends_with_the_session,
    a_device_waits_for_its_person,
    names_are_unique_among_what_is_there,
    what_edges_must_know_raises_the_revision,
    a_bundle_holds_what_is_valid,
    versions_are_numbered_and_immutable,
    a_join_token_enrolls_one_edge,
    a_review_needs_its_quorum,
    one_deny_ends_a_review,
    a_decision_is_on_what_was_seen,
    an_approval_is_used_once,
    reviews_expire,
    a_review_is_its_edges_own,
    a_held_request_is_kept_as_it_will_run,
    events_arrive_exactly_once,
    racing_batches_are_stored_once,
    a_broken_chain_is_refused,
    sessions_are_summed_up,
    tokens_are_summed_up,
    tools_are_pinned_and_accepted,
    masks_are_counted_when_they_happen,
    a_session_is_replayed_in_pages,
    sessions_are_found,
    odd_names_are_stored,
    a_killed_edge_leaves_no_session_open,
    a_change_leaves_its_policy_set_behind,
    another_admin_approves,
    what_changed_since_is_not_approved,
    a_canary_is_promoted_and_rolled_back,
    a_policy_set_is_restored_whole,
    rollbacks_go_further_back,
    documents_are_versioned,
    signatures_come_with_the_bundle,
    limits_are_split_among_edges,
    a_canary_is_taken_back_once,
    few_decisions_take_nothing_back,
    a_restarted_edge_counts_on,
    an_action_is_found_by_its_id,
    who_acted_is_known_for_every_record,
    a_span_is_read_batch_by_batch,
    replays_are_kept,
    a_grant_begins_with_its_last_approval,
    one_deny_ends_a_request,
    racing_approvals_begin_one_grant,
    a_grant_ends_once,
    grants_and_requests_expire,
    what_follows_on_a_revoked_grant_ends,
    a_broken_glass_is_marked,
    grants_are_found_by_whose_they_are,
    what_rests_on_what_is_gone_ends,
    a_disabled_persons_grants_end,
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_control_planes_on_one_database() {
    let server = Postgres::start().await.unwrap();
    let url = server.create_database("peers").await.unwrap();
    commits_wake_the_other(&url).await;
}
