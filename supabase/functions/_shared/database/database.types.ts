
export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[]

export type Database = {
  
  "public": {
          Tables: {
            "platform_connections": {
                  Row: {
                    "access_token_expires_at": string | null,"access_token_sealed": string | null,"avatar_url": string | null,"capabilities": NonNullable<Json>,"connected_at": string,"created_at": string,"display_name": string | null,"id": string,"last_error": Json | null,"last_refreshed_at": string | null,"last_used_at": string | null,"platform": string,"platform_user_id": string,"refresh_due_at": string | null,"refresh_failures": number,"refresh_lease_expires_at": string | null,"refresh_lease_owner": string | null,"refresh_token_expires_at": string | null,"refresh_token_sealed": string | null,"scopes": (string)[],"sealing_key_id": string | null,"status": string,"status_changed_at": string,"token_version": number,"tokens_issued_at": string | null,"updated_at": string,"user_id": string | null,"username": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "access_token_expires_at"?: string | null,"access_token_sealed"?: string | null,"avatar_url"?: string | null,"capabilities"?: NonNullable<Json>,"connected_at"?: string,"created_at"?: string,"display_name"?: string | null,"id"?: string,"last_error"?: Json | null,"last_refreshed_at"?: string | null,"last_used_at"?: string | null,"platform": string,"platform_user_id": string,"refresh_due_at"?: string | null,"refresh_failures"?: number,"refresh_lease_expires_at"?: string | null,"refresh_lease_owner"?: string | null,"refresh_token_expires_at"?: string | null,"refresh_token_sealed"?: string | null,"scopes"?: (string)[],"sealing_key_id"?: string | null,"status"?: string,"status_changed_at"?: string,"token_version"?: number,"tokens_issued_at"?: string | null,"updated_at"?: string,"user_id"?: string | null,"username"?: string | null
                  }
                  Update: {
                    "access_token_expires_at"?: string | null,"access_token_sealed"?: string | null,"avatar_url"?: string | null,"capabilities"?: NonNullable<Json>,"connected_at"?: string,"created_at"?: string,"display_name"?: string | null,"id"?: string,"last_error"?: Json | null,"last_refreshed_at"?: string | null,"last_used_at"?: string | null,"platform"?: string,"platform_user_id"?: string,"refresh_due_at"?: string | null,"refresh_failures"?: number,"refresh_lease_expires_at"?: string | null,"refresh_lease_owner"?: string | null,"refresh_token_expires_at"?: string | null,"refresh_token_sealed"?: string | null,"scopes"?: (string)[],"sealing_key_id"?: string | null,"status"?: string,"status_changed_at"?: string,"token_version"?: number,"tokens_issued_at"?: string | null,"updated_at"?: string,"user_id"?: string | null,"username"?: string | null
                  }
                  Relationships: [
                    
                  ]
                },"publish_jobs": {
                  Row: {
                    "attempts": number,"bytes_sent": number,"bytes_total": number | null,"chunk_count": number | null,"chunk_size_bytes": number | null,"connection_id": string,"created_at": string,"error": Json | null,"failures": number,"follow_up_at": string | null,"id": string,"idempotency_key": string | null,"ids_expected": boolean,"init_posts_by_itself": boolean,"inits_accepted": number,"lapses": number,"last_chunk_sent_at": string | null,"lease_expires_at": string | null,"lease_owner": string | null,"lease_version": number,"media": NonNullable<Json>,"mode": string,"next_attempt_at": string | null,"post": Json | null,"post_ids": (string)[],"publish_id": string | null,"request_hash": string,"scheduled_at": string | null,"settled_at": string | null,"source": Json | null,"status": string,"submitted_at": string | null,"updated_at": string,"upload_expires_at": string | null,"upload_url_sealed": string | null,"user_id": string | null,"waits_for_slot": boolean
                  }
                  ComputedFields: never
                  Insert: {
                    "attempts"?: number,"bytes_sent"?: number,"bytes_total"?: number | null,"chunk_count"?: number | null,"chunk_size_bytes"?: number | null,"connection_id": string,"created_at"?: string,"error"?: Json | null,"failures"?: number,"follow_up_at"?: string | null,"id"?: string,"idempotency_key"?: string | null,"ids_expected"?: boolean,"init_posts_by_itself": boolean,"inits_accepted"?: number,"lapses"?: number,"last_chunk_sent_at"?: string | null,"lease_expires_at"?: string | null,"lease_owner"?: string | null,"lease_version"?: number,"media": NonNullable<Json>,"mode": string,"next_attempt_at"?: string | null,"post"?: Json | null,"post_ids"?: (string)[],"publish_id"?: string | null,"request_hash": string,"scheduled_at"?: string | null,"settled_at"?: string | null,"source"?: Json | null,"status"?: string,"submitted_at"?: string | null,"updated_at"?: string,"upload_expires_at"?: string | null,"upload_url_sealed"?: string | null,"user_id"?: string | null,"waits_for_slot"?: boolean
                  }
                  Update: {
                    "attempts"?: number,"bytes_sent"?: number,"bytes_total"?: number | null,"chunk_count"?: number | null,"chunk_size_bytes"?: number | null,"connection_id"?: string,"created_at"?: string,"error"?: Json | null,"failures"?: number,"follow_up_at"?: string | null,"id"?: string,"idempotency_key"?: string | null,"ids_expected"?: boolean,"init_posts_by_itself"?: boolean,"inits_accepted"?: number,"lapses"?: number,"last_chunk_sent_at"?: string | null,"lease_expires_at"?: string | null,"lease_owner"?: string | null,"lease_version"?: number,"media"?: NonNullable<Json>,"mode"?: string,"next_attempt_at"?: string | null,"post"?: Json | null,"post_ids"?: (string)[],"publish_id"?: string | null,"request_hash"?: string,"scheduled_at"?: string | null,"settled_at"?: string | null,"source"?: Json | null,"status"?: string,"submitted_at"?: string | null,"updated_at"?: string,"upload_expires_at"?: string | null,"upload_url_sealed"?: string | null,"user_id"?: string | null,"waits_for_slot"?: boolean
                  }
                  Relationships: [
                    {
      foreignKeyName: "publish_jobs_connection_id_fkey"
      columns: ["connection_id"]
isOneToOne: false
      referencedRelation: "platform_connections"
      referencedColumns: ["id"]
    }
                  ]
                }
          }
          Views: {
            [_ in never]: never
          }
          Functions: {
            "begin_post_init":
{ Args: { "p_init_id": string,"p_inits_a_minute": number,"p_job_id": string,"p_lease_owner": string,"p_lease_seconds": number,"p_lease_version": number,"p_posts_a_day": number }; Returns: Json
                           },
"begin_snapshot":
{ Args: { "p_connection_id": string,"p_kind": string,"p_lease_owner": string,"p_lease_seconds": number,"p_lease_version": number,"p_min_remaining_seconds": number,"p_queries_a_day": number,"p_queries_a_minute": number,"p_source": string,"p_token_lease_owner": string,"p_token_lease_seconds": number,"p_user_id": string }; Returns: Json
                           },
"cancel_publish_job":
{ Args: { "p_job_id": string,"p_user_id": string }; Returns: Json
                           },
"claim_due_jobs":
{ Args: { "p_inits_a_minute": number,"p_job_id": string,"p_lease_owner": string,"p_lease_seconds": number,"p_limit": number,"p_posts_a_day": number }; Returns: Json
                           },
"claim_due_revocations":
{ Args: { "p_connection_id": string,"p_lease_owner": string,"p_lease_seconds": number,"p_limit": number,"p_platform": string }; Returns: Json
                           },
"claim_due_snapshots":
{ Args: { "p_lease_owner": string,"p_lease_seconds": number,"p_limit": number,"p_platform": string,"p_queries_a_day": number,"p_queries_a_minute": number }; Returns: Json
                           },
"claim_due_tokens":
{ Args: { "p_lease_owner": string,"p_lease_seconds": number,"p_limit": number,"p_platform": string }; Returns: Json
                           },
"claim_follow_ups":
{ Args: { "p_again_in_seconds": number,"p_give_up_after_seconds": number,"p_limit": number }; Returns: Json
                           },
"claim_stale_seals":
{ Args: { "p_from": string,"p_key_id": string,"p_limit": number,"p_old_key_ids": (string)[] }; Returns: Json
                           },
"confirm_job_cancelled":
{ Args: { "p_job_id": string,"p_publish_id": string,"p_user_id": string }; Returns: Json
                           },
"consume_oauth_state":
{ Args: { "p_platform": string,"p_queries_a_day"?: number,"p_queries_a_minute"?: number,"p_request_id": string,"p_state_hash": string,"p_user_id": string }; Returns: Json
                           },
"create_oauth_state":
{ Args: { "p_code_verifier_sealed": string,"p_live": boolean,"p_max_live": number,"p_platform": string,"p_redirect_to": string,"p_redirect_uri": string,"p_scopes": (string)[],"p_state_hash": string,"p_ttl_seconds": number,"p_user_id": string }; Returns: Json
                           },
"create_publish_job":
{ Args: { "p_connection_id": string,"p_job": Json,"p_job_id": string,"p_user_id": string }; Returns: Json
                           },
"disconnect_connection":
{ Args: { "p_connection_id": string,"p_user_id": string }; Returns: Json
                           },
"fail_snapshot":
{ Args: { "p_connection_id": string,"p_kind": string,"p_lease_owner": string,"p_lease_version": number,"p_log": Json,"p_outcome": string,"p_pause_seconds": number,"p_retry_in_seconds": number }; Returns: Json
                           },
"fail_token_refresh":
{ Args: { "p_connection_id": string,"p_error": Json,"p_lease_owner": string,"p_log": Json,"p_reconnect": boolean,"p_retry_in_seconds": number,"p_token_version": number }; Returns: Json
                           },
"finish_job_step":
{ Args: { "p_changes": Json,"p_error": Json,"p_from_status": string,"p_job_id": string,"p_keep_lease": boolean,"p_lease_owner": string,"p_lease_version": number,"p_log": Json,"p_next_attempt_in_seconds": number,"p_status": string }; Returns: Json
                           },
"finish_revocation":
{ Args: { "p_access_token_sealed": string,"p_connection_id": string,"p_done": boolean,"p_expires_in_seconds": number,"p_lease_owner": string,"p_log": Json,"p_refresh_token_sealed": string,"p_retry_in_seconds": number,"p_sealing_key_id": string }; Returns: Json
                           },
"finish_token_refresh":
{ Args: { "p_access_token_sealed": string,"p_capabilities": Json,"p_connection_id": string,"p_expires_in_seconds": number,"p_lease_owner": string,"p_refresh_expires_in_seconds": number,"p_refresh_token_sealed": string,"p_scopes": (string)[],"p_sealing_key_id": string,"p_token_version": number }; Returns: Json
                           },
"inspect_setup":
{ Args: { "p_cron_key_sha256": string,"p_project_url": string }; Returns: Json
                           },
"lease_connection_tokens":
{ Args: { "p_connection_id": string,"p_lease_owner": string,"p_lease_seconds": number,"p_min_remaining_seconds": number,"p_rejected_version": number,"p_seen_failures"?: number,"p_user_id": string }; Returns: Json
                           },
"lease_tokens_for_call":
{ Args: { "p_call": string,"p_calls_a_minute": number,"p_connection_id": string,"p_lease_owner": string,"p_lease_seconds": number,"p_min_remaining_seconds": number,"p_rejected_version": number,"p_seen_failures"?: number,"p_user_id": string }; Returns: Json
                           },
"log_error":
{ Args: { "p_entry": Json }; Returns: Json
                           },
"look_at_analytics":
{ Args: { "p_connection_id": string,"p_days": number,"p_lease_owner": string,"p_lease_seconds": number,"p_queries_a_day": number,"p_queries_a_minute": number,"p_refreshes": boolean,"p_user_id": string }; Returns: Json
                           },
"next_snapshot_query":
{ Args: { "p_connection_id": string,"p_kind": string,"p_lease_owner": string,"p_lease_seconds": number,"p_lease_version": number,"p_queries_a_day": number,"p_queries_a_minute": number,"p_source": string }; Returns: Json
                           },
"open_publish_job":
{ Args: { "p_call": string,"p_calls_a_minute": number,"p_connection_id": string,"p_idempotency_key": string,"p_lease_owner": string,"p_lease_seconds": number,"p_min_remaining_seconds": number,"p_request_hash": string,"p_user_id": string }; Returns: Json
                           },
"purge_expired":
{ Args: { "p_error_log_days": number,"p_limit": number }; Returns: Json
                           },
"queue_revocation":
{ Args: { "p_access_token_sealed": string,"p_connection_id": string,"p_expires_in_seconds": number,"p_platform": string,"p_platform_user_id": string,"p_refresh_token_sealed": string,"p_sealing_key_id": string }; Returns: Json
                           },
"read_oauth_state":
{ Args: { "p_platform": string,"p_state_hash": string }; Returns: Json
                           },
"read_publish_job":
{ Args: { "p_job_id": string,"p_user_id": string }; Returns: Json
                           },
"receive_webhook":
{ Args: { "p_body_hash": string,"p_event": Json,"p_name": string,"p_platform": string }; Returns: Json
                           },
"record_follow_up":
{ Args: { "p_again_in_seconds": number,"p_job_id": string,"p_post_ids": (string)[],"p_publish_id": string,"p_status": string }; Returns: Json
                           },
"record_post_init":
{ Args: { "p_bytes_total": number,"p_chunk_count": number,"p_chunk_size_bytes": number,"p_init_id": string,"p_job_id": string,"p_lease_owner": string,"p_lease_seconds": number,"p_lease_version": number,"p_publish_id": string,"p_upload_expires_in_seconds": number,"p_upload_url_sealed": string }; Returns: Json
                           },
"record_upload_progress":
{ Args: { "p_bytes_sent": number,"p_job_id": string,"p_last_chunk_next": boolean,"p_lease_owner": string,"p_lease_seconds": number,"p_lease_version": number }; Returns: Json
                           },
"return_query":
{ Args: { "p_platform": string,"p_taken_at": string }; Returns: Json
                           },
"store_capability":
{ Args: { "p_capability": Json,"p_connection_id": string,"p_feature": string,"p_user_id": string }; Returns: Json
                           },
"store_connection":
{ Args: { "p_access_token_sealed": string,"p_account": Json,"p_alive_since": string,"p_capabilities": Json,"p_connection_id": string,"p_expires_in_seconds": number,"p_platform": string,"p_platform_user_id": string,"p_refresh_expires_in_seconds": number,"p_refresh_token_sealed": string,"p_scopes": (string)[],"p_sealing_key_id": string,"p_user_id": string }; Returns: Json
                           },
"store_profile_snapshot":
{ Args: { "p_account": Json,"p_asked_at": string,"p_connection_id": string,"p_figures": Json,"p_lease_owner": string,"p_lease_version": number,"p_source": string }; Returns: Json
                           },
"store_resealed_tokens":
{ Args: { "p_items": Json,"p_sealing_key_id": string }; Returns: Json
                           },
"store_video_page":
{ Args: { "p_connection_id": string,"p_goes_on": boolean,"p_lease_owner": string,"p_lease_seconds": number,"p_lease_version": number,"p_page": Json,"p_queries_a_day": number,"p_queries_a_minute": number,"p_query": Json,"p_source": string }; Returns: Json
                           },
"take_query":
{ Args: { "p_platform": string,"p_queries_a_day": number,"p_queries_a_minute": number }; Returns: Json
                           },
"tidy_analytics":
{ Args: { "p_limit": number }; Returns: Json
                           }
          }
          Enums: {
            [_ in never]: never
          }
          CompositeTypes: {
            [_ in never]: never
          }
        }
}

type DatabaseWithoutInternals = Omit<Database, '__InternalSupabase'>

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, "public">]

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
        DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
      DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])[TableName] extends {
      Row: infer R
    }
    ? R
    : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
  ? (DefaultSchema["Tables"] & DefaultSchema["Views"])[DefaultSchemaTableNameOrOptions] extends {
      Row: infer R
    }
    ? R
    : never
  : never

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Insert: infer I
    }
    ? I
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
  ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Insert: infer I
    }
    ? I
    : never
  : never

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Update: infer U
    }
    ? U
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
  ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Update: infer U
    }
    ? U
    : never
  : never

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    | keyof DefaultSchema["Enums"]
    | { schema: keyof DatabaseWithoutInternals },
  EnumName extends DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"]
    : never = never
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema["Enums"]
  ? DefaultSchema["Enums"][DefaultSchemaEnumNameOrOptions]
  : never

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema["CompositeTypes"]
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"]
    : never = never
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema["CompositeTypes"]
  ? DefaultSchema["CompositeTypes"][PublicCompositeTypeNameOrOptions]
  : never

export const Constants = {
  "public": {
          Enums: {
            
          }
        }
} as const
