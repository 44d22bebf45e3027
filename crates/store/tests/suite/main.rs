//! The contract of the store: every test here runs on SQLite and on PostgreSQL.
//!
//! PostgreSQL comes from the machine's own package: the suite starts a throwaway cluster. Without one those tests
//! are skipped, saying so, unless `PACKHORSE_POSTGRES=required`.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "clippy.toml exempts functions marked as tests, not the functions they call"
)]

mod backup;
mod counts;
mod crash;
mod documents;
mod evidence;
mod full_disk;
mod ledger;
mod lists;
mod objects;
mod parcel_lists;
mod parcel_statements;
mod parcels;
mod place;
mod postgres;
mod queue;
mod tickets;
mod two_processes;

/// Runs each test on each engine, in a place of its own.
macro_rules! on_both_engines {
    ($($room:ident :: $test:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$room::$test(&crate::place::Place::sqlite()).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                if let Some(place) = crate::place::Place::postgres().await {
                    super::$room::$test(&place).await;
                }
            })*
        }
    };
}

on_both_engines! {
    evidence::a_kept_record_comes_back_byte_for_byte,
    evidence::records_of_many_callers_get_dense_indexes_and_all_are_there,
    evidence::a_duplicate_fails_alone_and_its_group_is_kept,
    evidence::another_partner_may_use_the_same_id,
    evidence::values_that_cannot_be_kept_fail_before_they_reach_a_group,
    evidence::lists_are_filtered_paged_and_newest_first,
    evidence::use_is_counted_by_agreement_partner_side_and_day,
    evidence::recent_ids_come_back_after_a_restart,
    evidence::erasing_takes_the_content_and_leaves_record_and_entry,
    evidence::a_retention_period_erases_what_is_older,
    counts::exchanges_are_counted_by_month_and_by_what_they_were,
    counts::a_duplicate_is_not_counted_twice,
    counts::a_person_is_found_by_digest_until_the_content_is_erased,
    counts::a_hundred_people_in_each_of_a_group_of_records_are_kept,
    counts::records_from_before_there_were_counts_are_counted_by_the_migration,
    ledger::entries_of_any_size_share_one_dense_sequence,
    ledger::every_head_continues_the_one_before,
    ledger::a_proof_verifies_and_survives_erasure,
    ledger::a_restarted_publisher_goes_on,
    ledger::a_new_key_carries_the_ledger_on,
    ledger::a_changed_tile_is_noticed,
    ledger::a_changed_entry_is_noticed,
    ledger::a_changed_record_is_noticed,
    ledger::a_changed_last_entry_stops_the_publisher,
    ledger::a_database_that_went_back_in_time_is_not_published,
    ledger::a_lost_served_head_is_written_again,
    ledger::a_head_that_could_not_be_served_is_served_as_soon_as_it_can,
    ledger::a_check_beside_a_publisher_at_work_finds_nothing,
    ledger::a_cosigned_head_is_served_until_the_next,
    ledger::the_running_publisher_covers_a_lone_entry_at_once,
    documents::a_document_is_written_read_and_changed_under_its_revision,
    documents::lists_go_by_key_and_page,
    documents::changes_tell_what_to_read_again,
    documents::of_many_writers_of_one_revision_one_wins,
    lists::a_list_goes_by_place_and_is_read_page_by_page,
    lists::a_list_is_chosen_by_tags_and_searched_by_the_beginnings_of_words,
    lists::a_change_moves_a_document_in_its_lists_and_a_deletion_takes_it_out,
    lists::documents_from_before_there_were_lists_are_listed_once_and_anew_by_another_rule,
    tickets::a_ticket_is_there_until_it_is_taken_or_expires,
    tickets::of_many_who_take_one_ticket_one_has_it,
    tickets::all_of_an_owner_go_at_once,
    tickets::attempts_are_counted_until_they_are_forgotten,
    queue::jobs_come_in_the_order_they_are_due,
    queue::a_lease_that_ran_out_gives_the_job_to_another,
    queue::who_begins_anew_takes_up_what_it_held_unless_others_may_be_at_it,
    queue::no_job_is_claimed_twice_by_many_workers,
    queue::jobs_that_were_done_together_go_and_those_of_others_stay,
    queue::whoever_waits_for_jobs_is_woken_by_a_commit,
    queue::who_goes_away_in_the_middle_leaves_nothing_half_and_harms_nobody,
    objects::objects_are_replaced_listed_bounded_and_removed,
    objects::a_range_of_an_object_is_read,
    objects::objects_come_beside_others_that_are_removed,
    objects::what_lies_below_a_prefix_is_measured_and_removed,
    parcels::a_parcel_comes_back_as_it_was_made,
    parcels::an_id_and_a_dispatch_key_are_used_once,
    parcels::several_parcels_are_made_all_or_none,
    parcels::of_many_senders_with_one_dispatch_key_one_wins,
    parcels::a_step_changes_state_statements_and_jobs_together,
    parcels::a_step_from_another_state_writes_nothing,
    parcels::of_many_who_step_from_one_state_one_wins,
    parcel_lists::numbers_of_listed_parcels_appear_in_order,
    parcel_statements::statements_are_dense_and_known_once,
    parcel_statements::statements_of_many_at_once_stay_dense,
    parcel_statements::statements_outlive_their_parcel,
    parcel_statements::unrecorded_statements_are_found_until_they_are_marked,
    parcel_statements::a_statement_and_its_record_are_kept_together_or_not_at_all,
    parcel_statements::a_record_whose_name_is_taken_does_not_keep_a_statement_out,
    parcel_statements::a_record_kept_with_its_statement_is_counted_and_found_like_any_other,
    parcel_statements::records_of_statements_and_of_exchanges_share_one_dense_sequence,
    parcel_lists::a_mailbox_is_listed_by_number_and_paged,
    parcel_lists::lists_are_filtered_and_go_by_the_moment_made,
    parcel_lists::a_workflow_is_matched_letter_by_letter,
    parcel_lists::use_is_summed_and_the_oldest_is_found,
    parcel_lists::what_expires_is_found_unless_it_is_held,
    parcels::values_that_cannot_be_kept_are_refused,
    parcels::an_erased_private_part_is_nowhere_in_the_file,
    two_processes::two_stores_on_one_database_keep_indexes_dense_and_one_publisher,
    two_processes::a_follower_takes_over_when_the_publisher_falls_silent,
    two_processes::a_follower_takes_over_at_once_when_the_publisher_dies,
    backup::a_backup_made_in_use_restores_and_goes_on,
    backup::a_damaged_backup_and_a_used_folder_are_refused,
}
