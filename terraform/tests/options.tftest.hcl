# What single variables change.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  qlik_api_endpoint = "https://qem.example.com:8443/attunityenterprisemanager"

  # A test that applies has to set every ephemeral variable, as Terraform 1.11 forgets their defaults.
  qlik_api_token = ""
  qlik_username  = ""
  qlik_password  = ""
  qlik_ca_bundle = ""
  openai_api_key = ""

  oidc_client_secret  = ""
  chat_signing_secret = ""
  chat_webhook_url    = ""
}

run "a_laptop_may_use_small_thresholds" {
  variables {
    qlik_api_endpoint            = "http://127.0.0.1:9000/attunityenterprisemanager"
    openai_base_url              = "http://localhost:9001/v1"
    monitoring_interval_seconds  = 60
    lag_threshold_seconds        = 5
    stuck_task_threshold_seconds = 60
    approval_timeout_seconds     = 20
    verify_interval_seconds      = 1
    verify_settle_seconds        = 0
    restart_backoff_seconds      = 1
    deletion_protection          = false
    secret_recovery_days         = 0
    localstack_endpoint          = "http://127.0.0.1:4566"
    artifact_bucket              = "artifacts"
  }

  assert {
    condition     = can(regex("^functions/monitor_tasks-[0-9a-f]{64}\\.zip$", module.function["monitor_tasks"].artifact_key))
    error_message = "A key must name the function and its content."
  }

  assert {
    condition     = aws_cloudwatch_event_rule.cycle.schedule_expression == "rate(1 minute)"
    error_message = "EventBridge refuses `1 minutes`."
  }

  assert {
    condition     = output.approval_base_url == "http://127.0.0.1:4566/_aws/execute-api/api1234567/v1"
    error_message = "LocalStack's addresses have a form of their own."
  }

  assert {
    condition     = module.function["request_approval"].environment.APPROVAL_BASE_URL == output.approval_base_url
    error_message = "Functions and people must know the same address."
  }
}

run "stuck_sooner_than_a_cycle_is_pointed_out" {
  command = plan

  variables {
    stuck_task_threshold_seconds = 120
  }

  expect_failures = [check.stuck_tasks_are_seen_twice]
}

run "given_secrets_are_written_but_never_kept" {
  variables {
    qlik_api_token        = "token-from-the-operator"
    qlik_secret_version   = 1
    openai_api_key        = "key-from-the-operator"
    openai_secret_version = 4
  }

  assert {
    condition     = aws_secretsmanager_secret_version.qlik[0].secret_string_wo_version == 1 && aws_secretsmanager_secret_version.openai[0].secret_string_wo_version == 4
    error_message = "The version numbers must decide when to write."
  }

  assert {
    condition     = aws_secretsmanager_secret_version.qlik[0].secret_string == null && aws_secretsmanager_secret_version.qlik[0].secret_string_wo == null
    error_message = "The state must not hold Qlik's credentials."
  }

  assert {
    condition     = aws_secretsmanager_secret_version.openai[0].secret_string == null && aws_secretsmanager_secret_version.openai[0].secret_string_wo == null
    error_message = "The state must not hold the model's key."
  }
}

run "a_chat_tool_shares_a_secret_with_two_functions" {
  variables {
    chat_enabled        = true
    chat_signing_secret = "signing-secret-of-the-app"
    chat_webhook_url    = "https://hooks.slack.com/services/T0/B0/x"
    chat_secret_version = 1
  }

  assert {
    condition     = aws_secretsmanager_secret_version.chat[0].secret_string == null && aws_secretsmanager_secret_version.chat[0].secret_string_wo == null
    error_message = "The state must not hold what the chat tool signs with."
  }

  assert {
    condition = toset([
      for name, function in module.function : name if lookup(function.environment, "CHAT_SECRET_ARN", "") == aws_secretsmanager_secret.chat[0].arn
    ]) == toset(["approval_api", "request_approval"])
    error_message = "Those that ask and take answers, and they alone, must know the chat secret."
  }

  assert {
    condition     = one(data.aws_iam_policy_document.read_chat_secret[0].statement).resources == toset([aws_secretsmanager_secret.chat[0].arn])
    error_message = "The grant must be for the chat secret alone."
  }
}

run "a_paused_intel_stack_with_a_password_neither_starts_nor_complains" {
  command = plan

  variables {
    schedule_enabled    = false
    architecture        = "x86_64"
    qlik_username       = "monitor"
    qlik_password       = "password-from-the-operator"
    qlik_secret_version = 1
  }

  assert {
    condition     = aws_cloudwatch_event_rule.cycle.state == "DISABLED" && !aws_cloudwatch_metric_alarm.silence.actions_enabled
    error_message = "A schedule that is off must not raise the alarm of silence."
  }

  assert {
    condition     = aws_lambda_layer_version.dependencies.compatible_architectures == toset(["x86_64"])
    error_message = "The layer must be marked for its processor."
  }

  assert {
    condition     = length(aws_secretsmanager_secret_version.qlik) == 1
    error_message = "The secret must be written."
  }
}

run "a_provider_signs_people_in" {
  variables {
    oidc_issuer         = "https://login.example.com:9443/tenant/v2.0"
    oidc_client_id      = "console"
    oidc_client_secret  = "secret-from-the-operator"
    oidc_secret_version = 2
    oidc_viewers        = "ada@example.com, grace@example.com"
    vpc_id              = "vpc-1"
    subnet_ids          = ["subnet-1"]
  }

  assert {
    condition     = aws_secretsmanager_secret_version.oidc[0].secret_string_wo_version == 2 && aws_secretsmanager_secret_version.oidc[0].secret_string == null && aws_secretsmanager_secret_version.oidc[0].secret_string_wo == null
    error_message = "The secret must be written and the state must not hold it."
  }

  assert {
    condition     = !contains(local.grants_left_out, "read_oidc_secret") && module.function["console"].environment.OIDC_SECRET_ARN == aws_secretsmanager_secret.oidc[0].arn
    error_message = "The console must know its secret and may read it."
  }

  assert {
    condition     = toset(data.aws_iam_policy_document.read_oidc_secret.statement[0].resources) == toset([aws_secretsmanager_secret.oidc[0].arn])
    error_message = "The grant must be for that secret alone."
  }

  assert {
    condition     = contains(keys(aws_vpc_security_group_egress_rule.functions), "9443")
    error_message = "Functions must reach the port that the provider listens on."
  }
}

run "a_public_client_has_an_empty_secret" {
  command = plan

  variables {
    oidc_issuer    = "http://127.0.0.1:8091"
    oidc_client_id = "console"
    oidc_viewers   = "*"
  }

  assert {
    condition     = length(aws_secretsmanager_secret.oidc) == 1 && length(aws_secretsmanager_secret_version.oidc) == 0
    error_message = "Nothing must be written that nobody gave."
  }
}

run "api_gateway_may_ask_for_an_aws_identity" {
  command = plan

  variables {
    console_authorization = "AWS_IAM"
  }

  assert {
    condition     = alltrue([for method in aws_api_gateway_method.console : method.authorization == "AWS_IAM"])
    error_message = "Every method of the console must ask for it."
  }

  assert {
    condition     = alltrue([for method in aws_api_gateway_method.approval : method.authorization == "NONE"])
    error_message = "Approval links are for people without an AWS identity, too."
  }
}

run "functions_join_a_vpc" {
  command = plan

  variables {
    vpc_id     = "vpc-1"
    subnet_ids = ["subnet-1", "subnet-2"]
  }

  assert {
    condition     = toset(keys(aws_vpc_security_group_egress_rule.functions)) == toset(["443", "8443"])
    error_message = "Functions must reach AWS and the port Qlik listens on, nothing else."
  }

  assert {
    condition     = length(aws_vpc_endpoint.interface) == 0
    error_message = "Endpoints cost money and are made only when asked for."
  }
}

run "calls_to_aws_stay_inside_the_vpc" {
  command = plan

  variables {
    vpc_id               = "vpc-1"
    subnet_ids           = ["subnet-1"]
    route_table_ids      = ["rtb-1"]
    create_vpc_endpoints = true
  }

  assert {
    condition     = toset(keys(aws_vpc_endpoint.interface)) == toset(["logs", "secretsmanager", "sns", "states"]) && length(aws_vpc_endpoint.dynamodb) == 1
    error_message = "Every service the functions call needs its endpoint."
  }
}

run "a_stack_under_audit_records_and_encrypts_with_its_own_key" {
  command = plan

  variables {
    alert_emails               = ["infra@example.com"]
    kms_key_arn                = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    cloudtrail_enabled         = true
    api_access_logs_enabled    = true
    manage_api_gateway_account = true
  }

  assert {
    condition     = length(aws_sns_topic_subscription.notices) == 1 && length(aws_sns_topic_subscription.alarms) == 1
    error_message = "Each address must hear of tasks and of the agent itself."
  }

  assert {
    condition = alltrue([
      for key in [
        aws_sns_topic.notices.kms_master_key_id,
        aws_sns_topic.alarms.kms_master_key_id,
        aws_secretsmanager_secret.qlik.kms_key_id,
        aws_secretsmanager_secret.openai.kms_key_id,
        aws_secretsmanager_secret.approval.kms_key_id,
        aws_cloudwatch_log_group.state_machine.kms_key_id,
        aws_dynamodb_table.history.server_side_encryption[0].kms_key_arn,
      ] : key == var.kms_key_arn
    ])
    error_message = "Topics, secrets, logs and table must use the customer's key."
  }

  assert {
    condition     = aws_cloudtrail.audit[0].enable_log_file_validation && aws_s3_bucket_public_access_block.audit[0].restrict_public_buckets
    error_message = "Records must be tamper-evident and private."
  }

  assert {
    condition     = toset(keys(jsondecode(aws_api_gateway_stage.approvals.access_log_settings[0].format))) == toset(["request_id", "time", "ip", "method", "resource", "status", "latency_ms"])
    error_message = "An access log line must hold neither path nor query."
  }

  assert {
    condition     = jsondecode(aws_api_gateway_stage.approvals.access_log_settings[0].format).resource == "$context.resourcePath"
    error_message = "The resource must be the pattern, not the path."
  }

  assert {
    condition     = length(aws_api_gateway_account.this) == 1
    error_message = "The account's role must be set when asked for."
  }
}

run "each_approver_gets_a_link_of_their_own_and_nobody_elses" {
  command = plan

  variables {
    alert_emails = ["infra@example.com", "ana@example.com"]
    approvers    = "ana@example.com = U01, ben@example.com, eve=U03"
  }

  assert {
    condition = {
      for address, one in aws_sns_topic_subscription.notices : address => jsondecode(one.filter_policy)
      } == {
      "infra@example.com" = { approver = [{ exists = false }] }
      "ana@example.com"   = { approver = ["ana@example.com", { exists = false }] }
      "ben@example.com"   = { approver = ["ben@example.com"] }
    }
    error_message = "An address must get its own links, and notices where it is to be alerted."
  }

  assert {
    condition = alltrue([
      for address, one in aws_sns_topic_subscription.notices :
      one.endpoint == address && one.protocol == "email" && one.filter_policy_scope == "MessageAttributes"
    ])
    error_message = "Filters must look at attributes: a body could say anything."
  }

  assert {
    condition     = toset(keys(aws_sns_topic_subscription.alarms)) == toset(["infra@example.com", "ana@example.com"])
    error_message = "Who approves does not hear of the agent itself thereby."
  }
}

run "approvers_reach_the_functions_that_ask_and_take_answers" {
  command = plan

  variables {
    approvers             = "ana@example.com = U01, ben , Eve Müller="
    destructive_approvers = "ana@example.com,ben"
    approvals_needed      = "low=1, high = 3, destructive=2"
  }

  assert {
    condition = alltrue([
      for name in ["request_approval", "approval_api", "console"] :
      module.function[name].environment.APPROVERS == var.approvers
      && module.function[name].environment.DESTRUCTIVE_APPROVERS == "ana@example.com,ben"
      && module.function[name].environment.APPROVALS_NEEDED == "low=1, high = 3, destructive=2"
    ])
    error_message = "All three must hold the same rules, word for word."
  }

  assert {
    condition     = local.approvers == ["ana@example.com", "ben", "Eve Müller"]
    error_message = "Terraform must read the names as the functions do."
  }
}
