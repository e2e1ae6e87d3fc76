# Every variable refuses nonsense, with a sentence instead of an error of AWS.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  qlik_api_endpoint = "https://qem.example.com/attunityenterprisemanager"
}

run "malformed_names_and_addresses_are_refused" {
  command = plan

  variables {
    name_prefix          = "Qlik"
    environment          = "pre prod"
    qlik_api_endpoint    = "qem.example.com"
    qlik_flavor          = "sense"
    openai_model         = ""
    openai_base_url      = "ftp://gateway.example.com"
    alert_emails         = ["infra"]
    architecture         = "host"
    log_level            = "LOUD"
    kms_key_arn          = "alias/mine"
    localstack_endpoint  = "http://127.0.0.1:4566/"
    reserved_concurrency = { monitor = 1 }
  }

  expect_failures = [
    var.name_prefix,
    var.environment,
    var.qlik_api_endpoint,
    var.qlik_flavor,
    var.openai_model,
    var.openai_base_url,
    var.alert_emails,
    var.architecture,
    var.log_level,
    var.kms_key_arn,
    var.localstack_endpoint,
    var.reserved_concurrency,
  ]
}

run "credentials_never_travel_readable" {
  command = plan

  variables {
    qlik_api_endpoint = "http://qem.example.com/attunityenterprisemanager"
    openai_base_url   = "http://gateway.example.com/v1"
  }

  expect_failures = [
    var.qlik_api_endpoint,
    var.openai_base_url,
  ]
}

run "a_provider_is_reached_by_https" {
  command = plan

  variables {
    oidc_issuer     = "http://login.example.com"
    oidc_name_claim = "e mail"
    oidc_viewers    = "ada@example.com,*"
  }

  expect_failures = [
    var.oidc_issuer,
    var.oidc_name_claim,
    var.oidc_viewers,
  ]
}

run "an_issuer_is_no_query" {
  command = plan

  variables {
    oidc_issuer  = "https://login.example.com/?tenant=a"
    oidc_viewers = "ada@example.com,,"
  }

  expect_failures = [
    var.oidc_issuer,
    var.oidc_viewers,
  ]
}

run "a_provider_needs_a_client_and_takes_no_signed_requests" {
  command = plan

  variables {
    oidc_issuer           = "https://login.example.com"
    console_authorization = "AWS_IAM"
    oidc_secret_version   = 1
  }

  expect_failures = [
    var.oidc_client_id,
    var.oidc_secret_version,
    var.console_authorization,
  ]
}

run "a_client_and_its_secret_belong_to_a_provider" {
  command = plan

  variables {
    oidc_client_id        = "console"
    oidc_client_secret    = "secret"
    oidc_secret_version   = 1
    console_authorization = "COGNITO"
  }

  expect_failures = [
    var.oidc_client_id,
    var.oidc_secret_version,
    var.console_authorization,
  ]
}

run "an_address_holds_no_password" {
  command = plan

  variables {
    qlik_api_endpoint = "https://user:secret@qem.example.com/"
    openai_base_url   = "https://user:secret@gateway.example.com/v1"
  }

  expect_failures = [
    var.qlik_api_endpoint,
    var.openai_base_url,
  ]
}

run "localhost_is_not_just_a_prefix" {
  command = plan

  variables {
    qlik_api_endpoint = "http://localhost.example.com/"
    openai_base_url   = "http://127.0.0.1.example.com/v1"
  }

  expect_failures = [
    var.qlik_api_endpoint,
    var.openai_base_url,
  ]
}

run "what_is_below_the_range_is_refused" {
  command = plan

  variables {
    monitoring_interval_seconds  = 0
    reserved_concurrency         = { monitor_tasks = 0 }
    lag_threshold_seconds        = 0
    stuck_task_threshold_seconds = -1
    recovery_threshold_seconds   = 0
    history_days                 = 14
    qlik_concurrency             = 0
    qlik_action_timeout_seconds  = 0
    openai_timeout_seconds       = 0
    max_restart_attempts         = 0
    restart_window_seconds       = 59
    restart_backoff_seconds      = 0
    auto_restart_min_confidence  = -0.01
    approval_timeout_seconds     = 4
    verify_interval_seconds      = 0
    verify_settle_seconds        = -1
    verify_healthy_readings      = 0
    api_throttle_rate            = 0
    cloudtrail_retention_days    = 0
    secret_recovery_days         = 3
    approval_key_version         = 0
    log_retention_days           = 0
  }

  expect_failures = [
    var.monitoring_interval_seconds,
    var.reserved_concurrency,
    var.lag_threshold_seconds,
    var.stuck_task_threshold_seconds,
    var.recovery_threshold_seconds,
    var.history_days,
    var.qlik_concurrency,
    var.qlik_action_timeout_seconds,
    var.openai_timeout_seconds,
    var.max_restart_attempts,
    var.restart_window_seconds,
    var.restart_backoff_seconds,
    var.auto_restart_min_confidence,
    var.approval_timeout_seconds,
    var.verify_interval_seconds,
    var.verify_settle_seconds,
    var.verify_healthy_readings,
    var.api_throttle_rate,
    var.cloudtrail_retention_days,
    var.secret_recovery_days,
    var.approval_key_version,
    var.log_retention_days,
  ]
}

run "what_is_above_the_range_is_refused" {
  command = plan

  variables {
    name_prefix                 = "a-name-of-twenty-five-chars"
    monitoring_interval_seconds = 21660
    history_days                = 401
    qlik_concurrency            = 65
    qlik_action_timeout_seconds = 101
    openai_timeout_seconds      = 31
    max_restart_attempts        = 21
    restart_window_seconds      = 2592001
    restart_backoff_seconds     = 3601
    auto_restart_min_confidence = 1.01
    approval_timeout_seconds    = 604801
    verify_interval_seconds     = 3601
    verify_settle_seconds       = 3601
    api_throttle_rate           = 1001
    secret_recovery_days        = 31
    log_retention_days          = 31
  }

  expect_failures = [
    var.name_prefix,
    var.monitoring_interval_seconds,
    var.history_days,
    var.qlik_concurrency,
    var.qlik_action_timeout_seconds,
    var.openai_timeout_seconds,
    var.max_restart_attempts,
    var.restart_window_seconds,
    var.restart_backoff_seconds,
    var.auto_restart_min_confidence,
    var.approval_timeout_seconds,
    var.verify_interval_seconds,
    var.verify_settle_seconds,
    var.api_throttle_rate,
    var.secret_recovery_days,
    var.log_retention_days,
  ]
}

# Terraform does not judge a variable whose condition names another one that was refused: so this one
# is tried where max_restart_attempts is allowed.
run "more_looks_than_the_range_are_refused" {
  command = plan

  variables {
    verify_max_checks    = 81
    max_restart_attempts = 1
  }

  expect_failures = [var.verify_max_checks]
}

run "more_looks_than_an_executions_history_holds_are_refused" {
  command = plan

  variables {
    verify_max_checks    = 41
    max_restart_attempts = 2
  }

  expect_failures = [var.verify_max_checks]
}

run "parts_of_a_unit_are_refused" {
  command = plan

  variables {
    monitoring_interval_seconds = 90
    lag_threshold_seconds       = 1.5
    verify_healthy_readings     = 21
    qlik_concurrency            = 1.5
  }

  expect_failures = [
    var.monitoring_interval_seconds,
    var.lag_threshold_seconds,
    var.verify_healthy_readings,
    var.qlik_concurrency,
  ]
}

run "what_belongs_together_is_given_together" {
  command = plan

  variables {
    verify_healthy_readings = 5
    verify_max_checks       = 4
    qlik_username           = "monitor"
    qlik_secret_version     = 1
    subnet_ids              = ["subnet-1"]
  }

  expect_failures = [
    var.verify_max_checks,
    var.qlik_secret_version,
    var.vpc_id,
  ]
}

run "no_half_request_erases_a_secret_or_opens_a_network" {
  command = plan

  variables {
    qlik_secret_version   = 2
    openai_secret_version = 2
    chat_secret_version   = 2
    vpc_id                = "vpc-1"
    create_vpc_endpoints  = true
  }

  expect_failures = [
    var.qlik_secret_version,
    var.openai_secret_version,
    var.chat_secret_version,
    var.vpc_id,
    var.create_vpc_endpoints,
  ]
}

run "a_given_secret_is_never_ignored" {
  command = plan

  variables {
    qlik_api_token = "token"
    openai_api_key = "key"

    chat_signing_secret = "a-signing-secret-of-an-app"
  }

  expect_failures = [
    var.qlik_secret_version,
    var.openai_secret_version,
    var.chat_secret_version,
  ]
}

run "a_chat_secret_is_long_and_its_address_encrypted" {
  command = plan

  variables {
    chat_enabled        = true
    chat_secret_version = 1
    chat_signing_secret = "short"
    chat_webhook_url    = "http://hooks.slack.com/services/T0/B0/x"
  }

  expect_failures = [var.chat_signing_secret, var.chat_webhook_url]
}

run "an_approver_has_a_name" {
  command = plan

  variables {
    approvers = "ana, =U02"
  }

  expect_failures = [var.approvers]
}

run "whoever_holds_the_link_is_no_name" {
  command = plan

  variables {
    approvers = "anyone = U01"
  }

  expect_failures = [var.approvers]
}

run "approvals_are_needed_by_risks_that_there_are" {
  command = plan

  variables {
    approvals_needed = "low=1, severe=1"
  }

  expect_failures = [var.approvals_needed]
}

run "no_approval_is_no_number_of_approvals" {
  command = plan

  variables {
    approvals_needed = "low=0"
  }

  expect_failures = [var.approvals_needed]
}

run "an_approvers_address_has_to_be_one" {
  command = plan

  variables {
    approvers = "ana@example"
  }

  expect_failures = [var.approvers]
}

run "an_approver_has_no_unseen_characters" {
  command = plan

  variables {
    approvers = "ana\u200b"
  }

  expect_failures = [var.approvers]
}

run "nobody_approves_twice" {
  command = plan

  variables {
    approvers = "ana@example.com, ben, ana@example.com=U01"
  }

  expect_failures = [var.approvers]
}

run "a_chat_id_is_one_persons" {
  command = plan

  variables {
    approvers = "ana=U01, ben = U01"
  }

  expect_failures = [var.approvers]
}

run "approvers_are_fifty_at_most" {
  command = plan

  variables {
    approvers = join(",", [for number in range(51) : "person-${number}"])
  }

  expect_failures = [var.approvers]
}

run "approvers_fit_into_a_functions_environment" {
  command = plan

  variables {
    approvers = join(",", [for number in range(50) : "${number}-somebody-with-quite-a-long-name-in-the-company@example.com"])
  }

  expect_failures = [var.destructive_approvers]
}

run "viewers_and_servers_fit_in_beside_the_approvers" {
  command = plan

  variables {
    approvers            = join(",", [for number in range(30) : "${number}-somebody@example.com"])
    oidc_viewers         = join(",", [for number in range(40) : "${number}-a-viewer@example.com"])
    auto_restart_servers = join(",", [for number in range(40) : "server-${number}.example.com"])
  }

  expect_failures = [var.destructive_approvers]
}

run "who_agrees_to_a_reload_is_an_approver" {
  command = plan

  variables {
    approvers             = "ana@example.com=U01, ben"
    destructive_approvers = "ana@example.com, eve"
  }

  expect_failures = [var.destructive_approvers]
}

run "nobody_is_counted_twice_for_a_reload" {
  command = plan

  variables {
    approvers             = "ana, ben"
    destructive_approvers = "ana, ana"
  }

  expect_failures = [var.destructive_approvers]
}

run "more_approvals_than_approvers_are_refused" {
  command = plan

  variables {
    approvers        = "ana, ben"
    approvals_needed = "low=1, high=3"
  }

  expect_failures = [var.approvals_needed]
}

run "more_approvals_of_a_reload_than_may_agree_are_refused" {
  command = plan

  variables {
    approvers             = "ana, ben"
    destructive_approvers = "ana"
    approvals_needed      = "moderate=2, destructive=2"
  }

  expect_failures = [var.approvals_needed]
}

run "without_names_one_answer_is_all_there_can_be" {
  command = plan

  variables {
    approvals_needed = "low=1, destructive=2"
  }

  expect_failures = [var.approvals_needed]
}
