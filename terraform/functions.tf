# One entry per folder under functions/. The key names the function, its role, its log group, its
# zip and its place in state_machine.asl.json. `settings` are the environment names it reads,
# `table` what it may do with the table, `grants` the other policy documents of iam.tf it gets;
# nothing else reaches it, but for append_to_audit, which takes away and is the same for all.
locals {
  functions = {
    monitor_tasks = {
      description = "Reads every task, finds the ill ones and opens incidents."
      timeout     = 240
      memory      = 1024
      grants      = ["read_qlik_secret", "publish_notices"]
      table       = ["BatchGetItem", "DeleteItem", "GetItem", "PutItem", "Query"]
      settings = [
        "QLIK_API_ENDPOINT", "QLIK_FLAVOR", "QLIK_CONCURRENCY", "QLIK_SECRET_ARN",
        "TABLE_NAME", "TOPIC_ARN",
        "LAG_THRESHOLD_SECONDS", "STUCK_TASK_THRESHOLD_SECONDS", "RECOVERY_THRESHOLD_SECONDS",
        "HISTORY_DAYS", "RESTART_WINDOW_SECONDS",
      ]
    }

    evaluate_proposal = {
      description = "Has an action proposed for one incident and decides what may happen to it."
      timeout     = 150
      memory      = 512
      grants      = ["read_qlik_secret", "read_openai_secret"]
      table       = ["BatchGetItem", "GetItem", "PutItem", "Query", "UpdateItem"]
      settings = [
        "QLIK_API_ENDPOINT", "QLIK_FLAVOR", "QLIK_SECRET_ARN",
        "OPENAI_SECRET_ARN", "OPENAI_MODEL", "OPENAI_BASE_URL", "OPENAI_TIMEOUT_SECONDS",
        "TABLE_NAME",
        "MAX_RESTART_ATTEMPTS", "RESTART_WINDOW_SECONDS", "RESTART_BACKOFF_SECONDS",
        "SERVER_RESTART_CAP", "FLEET_RESTART_CAP", "RESTART_CAP_WINDOW_SECONDS",
        "BREAKER_FAILURES", "BREAKER_WINDOW_SECONDS", "BREAKER_OPEN_SECONDS",
        "INEFFECTIVE_FIX_FAILURES", "ILLNESS_RETURNS", "ILLNESS_RETURNS_WINDOW_SECONDS",
        "AUTO_RESTART_ENABLED", "AUTO_RESTART_MIN_CONFIDENCE", "APPROVAL_TIMEOUT_SECONDS",
        "AUTO_RESTART_SERVERS", "AUTO_RESTART_ACTIONS", "DESTRUCTIVE_ACTIONS_ENABLED",
        "OPENAI_CALLS_PER_DAY", "OPENAI_TOKENS_PER_DAY", "OPENAI_USD_PER_DAY",
        "OPENAI_INPUT_USD_PER_MILLION", "OPENAI_OUTPUT_USD_PER_MILLION", "OPENAI_CACHE_SECONDS",
        "VERIFY_INTERVAL_SECONDS",
      ]
    }

    request_approval = {
      description = "Stores the task token and sends people the link to a proposal."
      timeout     = 30
      memory      = 256
      grants = [
        "read_approval_secret", "read_chat_secret", "publish_notices", "resume_executions", "update_approvals_alone",
      ]
      table = ["GetItem", "PutItem", "UpdateItem"]
      settings = [
        "TABLE_NAME", "TOPIC_ARN", "APPROVAL_SECRET_ARN", "APPROVAL_BASE_URL", "CHAT_SECRET_ARN",
        "APPROVAL_TIMEOUT_SECONDS", "APPROVERS", "DESTRUCTIVE_APPROVERS", "APPROVALS_NEEDED",
      ]
    }

    approval_api = {
      description = "Shows a proposal to a person and takes the answer."
      timeout     = 29
      memory      = 512
      grants = [
        "read_approval_secret", "read_chat_secret", "resume_executions", "update_approvals_alone", "put_audit_entries_alone",
      ]
      table = ["GetItem", "PutItem", "Query", "UpdateItem"]
      settings = [
        "TABLE_NAME", "APPROVAL_SECRET_ARN", "APPROVAL_BASE_URL", "CHAT_SECRET_ARN",
        "APPROVERS", "DESTRUCTIVE_APPROVERS", "APPROVALS_NEEDED",
      ]
    }

    console = {
      description = "Shows the fleet, its incidents and the agent to those who signed in."
      timeout     = 29
      memory      = 1024
      grants      = ["read_approval_secret", "publish_notices", "keep_to_what_is_shown", "read_oidc_secret"]
      table       = ["BatchGetItem", "GetItem", "PutItem", "Query", "UpdateItem"]
      settings = [
        "TABLE_NAME", "TOPIC_ARN", "APPROVAL_SECRET_ARN", "APPROVAL_BASE_URL",
        "APPROVERS", "DESTRUCTIVE_APPROVERS", "APPROVALS_NEEDED",
        "OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_SECRET_ARN", "OIDC_NAME_CLAIM", "OIDC_VIEWERS",
        "LAG_THRESHOLD_SECONDS", "STUCK_TASK_THRESHOLD_SECONDS", "RECOVERY_THRESHOLD_SECONDS",
        "MAX_RESTART_ATTEMPTS", "RESTART_WINDOW_SECONDS", "RESTART_BACKOFF_SECONDS",
        "SERVER_RESTART_CAP", "FLEET_RESTART_CAP", "RESTART_CAP_WINDOW_SECONDS",
        "BREAKER_FAILURES", "BREAKER_WINDOW_SECONDS", "BREAKER_OPEN_SECONDS",
        "INEFFECTIVE_FIX_FAILURES", "ILLNESS_RETURNS", "ILLNESS_RETURNS_WINDOW_SECONDS",
        "AUTO_RESTART_ENABLED", "AUTO_RESTART_MIN_CONFIDENCE",
        "AUTO_RESTART_SERVERS", "AUTO_RESTART_ACTIONS", "DESTRUCTIVE_ACTIONS_ENABLED",
        "OPENAI_CALLS_PER_DAY", "OPENAI_TOKENS_PER_DAY", "OPENAI_USD_PER_DAY",
      ]
    }

    execute_restart = {
      description = "Carries out one approved action, once."
      timeout     = 600
      memory      = 512
      grants      = ["read_qlik_secret"]
      table       = ["BatchGetItem", "ConditionCheckItem", "GetItem", "PutItem", "Query", "UpdateItem"]
      settings = [
        "QLIK_API_ENDPOINT", "QLIK_FLAVOR", "QLIK_SECRET_ARN", "QLIK_ACTION_TIMEOUT_SECONDS",
        "TABLE_NAME", "MAX_RESTART_ATTEMPTS", "RESTART_WINDOW_SECONDS", "RESTART_BACKOFF_SECONDS",
        "SERVER_RESTART_CAP", "FLEET_RESTART_CAP", "RESTART_CAP_WINDOW_SECONDS",
        "BREAKER_FAILURES", "BREAKER_WINDOW_SECONDS", "BREAKER_OPEN_SECONDS",
        "INEFFECTIVE_FIX_FAILURES", "ILLNESS_RETURNS", "ILLNESS_RETURNS_WINDOW_SECONDS",
        "AUTO_RESTART_ENABLED", "AUTO_RESTART_MIN_CONFIDENCE",
        "AUTO_RESTART_SERVERS", "AUTO_RESTART_ACTIONS", "DESTRUCTIVE_ACTIONS_ENABLED",
      ]
    }

    verify_recovery = {
      description = "Looks whether an action helped and closes the incident if so."
      timeout     = 60
      memory      = 512
      grants      = ["read_qlik_secret", "publish_notices"]
      table       = ["BatchGetItem", "DeleteItem", "GetItem", "PutItem", "Query"]
      settings = [
        "QLIK_API_ENDPOINT", "QLIK_FLAVOR", "QLIK_SECRET_ARN", "TABLE_NAME", "TOPIC_ARN",
        "VERIFY_SETTLE_SECONDS", "VERIFY_HEALTHY_READINGS", "VERIFY_MAX_CHECKS",
        "LAG_THRESHOLD_SECONDS",
      ]
    }

    conclude_incident = {
      description = "Tells people about an incident that is observed, escalated, rejected or expired."
      timeout     = 30
      memory      = 256
      grants      = ["publish_notices"]
      table       = ["GetItem", "PutItem"]
      settings    = ["TABLE_NAME", "TOPIC_ARN"]
    }

    report_cycle = {
      description = "Records how a cycle went."
      timeout     = 30
      memory      = 256
      grants      = ["publish_notices"]
      table       = ["DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"]
      settings    = ["TABLE_NAME", "TOPIC_ARN"]
    }
  }

  settings_of_all = {
    LOG_LEVEL                    = var.log_level
    POWERTOOLS_SERVICE_NAME      = local.name
    POWERTOOLS_METRICS_NAMESPACE = local.metrics_namespace
  }

  settings = {
    QLIK_API_ENDPOINT           = var.qlik_api_endpoint
    QLIK_FLAVOR                 = var.qlik_flavor
    QLIK_CONCURRENCY            = var.qlik_concurrency
    QLIK_ACTION_TIMEOUT_SECONDS = var.qlik_action_timeout_seconds
    QLIK_SECRET_ARN             = aws_secretsmanager_secret.qlik.arn

    OPENAI_SECRET_ARN      = aws_secretsmanager_secret.openai.arn
    OPENAI_MODEL           = var.openai_model
    OPENAI_BASE_URL        = var.openai_base_url
    OPENAI_TIMEOUT_SECONDS = var.openai_timeout_seconds

    TABLE_NAME = aws_dynamodb_table.history.name
    TOPIC_ARN  = aws_sns_topic.notices.arn

    APPROVAL_SECRET_ARN      = aws_secretsmanager_secret.approval.arn
    APPROVAL_BASE_URL        = local.approval_base_url
    CHAT_SECRET_ARN          = local.chat_secret_arn
    APPROVAL_TIMEOUT_SECONDS = var.approval_timeout_seconds
    APPROVERS                = var.approvers
    DESTRUCTIVE_APPROVERS    = var.destructive_approvers
    APPROVALS_NEEDED         = var.approvals_needed

    LAG_THRESHOLD_SECONDS        = var.lag_threshold_seconds
    STUCK_TASK_THRESHOLD_SECONDS = var.stuck_task_threshold_seconds
    RECOVERY_THRESHOLD_SECONDS   = var.recovery_threshold_seconds

    HISTORY_DAYS = var.history_days

    MAX_RESTART_ATTEMPTS        = var.max_restart_attempts
    RESTART_WINDOW_SECONDS      = var.restart_window_seconds
    RESTART_BACKOFF_SECONDS     = var.restart_backoff_seconds
    AUTO_RESTART_ENABLED        = var.auto_restart_enabled
    AUTO_RESTART_MIN_CONFIDENCE = var.auto_restart_min_confidence

    SERVER_RESTART_CAP             = var.server_restart_cap
    FLEET_RESTART_CAP              = var.fleet_restart_cap
    RESTART_CAP_WINDOW_SECONDS     = var.restart_cap_window_seconds
    BREAKER_FAILURES               = var.breaker_failures
    BREAKER_WINDOW_SECONDS         = var.breaker_window_seconds
    BREAKER_OPEN_SECONDS           = var.breaker_open_seconds
    INEFFECTIVE_FIX_FAILURES       = var.ineffective_fix_failures
    ILLNESS_RETURNS                = var.illness_returns
    ILLNESS_RETURNS_WINDOW_SECONDS = var.illness_returns_window_seconds
    AUTO_RESTART_SERVERS           = var.auto_restart_servers
    AUTO_RESTART_ACTIONS           = var.auto_restart_actions
    DESTRUCTIVE_ACTIONS_ENABLED    = var.destructive_actions_enabled

    OPENAI_CALLS_PER_DAY          = var.openai_calls_per_day
    OPENAI_TOKENS_PER_DAY         = var.openai_tokens_per_day
    OPENAI_USD_PER_DAY            = var.openai_usd_per_day
    OPENAI_INPUT_USD_PER_MILLION  = var.openai_input_usd_per_million
    OPENAI_OUTPUT_USD_PER_MILLION = var.openai_output_usd_per_million
    OPENAI_CACHE_SECONDS          = var.openai_cache_seconds

    OIDC_ISSUER     = var.oidc_issuer
    OIDC_CLIENT_ID  = var.oidc_client_id
    OIDC_SECRET_ARN = local.oidc_secret_arn
    OIDC_NAME_CLAIM = var.oidc_name_claim
    OIDC_VIEWERS    = var.oidc_viewers

    VERIFY_INTERVAL_SECONDS = var.verify_interval_seconds
    VERIFY_SETTLE_SECONDS   = var.verify_settle_seconds
    VERIFY_HEALTHY_READINGS = var.verify_healthy_readings
    VERIFY_MAX_CHECKS       = var.verify_max_checks
  }
}

module "function" {
  source   = "./modules/function"
  for_each = local.functions

  name                 = "${local.name}-${replace(each.key, "_", "-")}"
  description          = each.value.description
  handler              = "functions.${each.key}.handler.handler"
  archive              = "${local.build_folder}/functions/${each.key}.zip"
  artifact_bucket      = var.artifact_bucket
  architecture         = var.architecture
  timeout              = each.value.timeout
  memory               = each.value.memory
  reserved_concurrency = lookup(var.reserved_concurrency, each.key, null)

  layers = [
    aws_lambda_layer_version.dependencies.arn,
    aws_lambda_layer_version.qlik_monitor.arn,
  ]

  environment = merge(
    local.settings_of_all,
    { for name in each.value.settings : name => tostring(local.settings[name]) },
  )

  policies = concat(
    [data.aws_iam_policy_document.use_table[each.key].json, data.aws_iam_policy_document.append_to_audit.json],
    [for grant in each.value.grants : local.grants[grant] if !contains(local.grants_left_out, grant)],
    var.kms_key_arn == null ? [] : [data.aws_iam_policy_document.use_key.json],
  )

  subnet_ids         = var.subnet_ids
  security_group_ids = aws_security_group.functions[*].id

  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn
  alarm_topic_arn    = aws_sns_topic.alarms.arn
}
