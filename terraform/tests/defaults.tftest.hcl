# What a stack is when only the one required variable is given.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  qlik_api_endpoint = "https://qem.example.com/attunityenterprisemanager"

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

run "every_function_gets_what_it_reads_and_no_more" {
  assert {
    condition     = length(module.function) == 9
    error_message = "The catalogue must make nine functions."
  }

  assert {
    condition = alltrue([
      for name, function in module.function :
      toset(keys(function.environment)) == toset(concat(local.functions[name].settings, keys(local.settings_of_all)))
    ])
    error_message = "A function's environment must be its own settings and those of all."
  }

  assert {
    condition     = module.function["monitor_tasks"].environment.QLIK_API_ENDPOINT == "https://qem.example.com/attunityenterprisemanager"
    error_message = "monitor_tasks must know where Qlik is."
  }

  assert {
    condition     = module.function["evaluate_proposal"].environment.AUTO_RESTART_ENABLED == "false"
    error_message = "Nothing may restart by itself unless somebody allowed it."
  }

  assert {
    condition     = module.function["request_approval"].environment.APPROVAL_BASE_URL == "https://api1234567.execute-api.eu-west-1.amazonaws.com/v1"
    error_message = "Links must begin with the stage's address."
  }

  assert {
    condition     = module.function["monitor_tasks"].environment.POWERTOOLS_SERVICE_NAME == "qlik-monitor-prod"
    error_message = "Metrics of several stacks in one account must stay apart."
  }

  assert {
    condition = alltrue([
      for name, function in module.function : function.name == "qlik-monitor-prod-${replace(name, "_", "-")}"
    ])
    error_message = "A function must be named after the stack and its folder."
  }
}

run "no_function_may_do_more_than_its_part" {
  command = plan

  assert {
    condition     = toset(keys(local.settings)) == toset(flatten([for function in local.functions : function.settings]))
    error_message = "Every setting must be read by a function."
  }

  assert {
    condition     = toset(keys(local.grants)) == toset(flatten([for function in local.functions : function.grants]))
    error_message = "Every grant must be given to a function."
  }

  assert {
    condition = alltrue([
      for function in local.functions :
      contains(function.grants, "read_qlik_secret") == contains(function.settings, "QLIK_SECRET_ARN")
    ])
    error_message = "The grant to read Qlik's secret must go with its ARN."
  }

  assert {
    condition = alltrue([
      for function in local.functions :
      contains(function.grants, "read_openai_secret") == contains(function.settings, "OPENAI_SECRET_ARN")
    ])
    error_message = "The grant to read the model's key must go with its ARN."
  }

  assert {
    condition = alltrue([
      for function in local.functions :
      contains(function.grants, "read_approval_secret") == contains(function.settings, "APPROVAL_SECRET_ARN")
    ])
    error_message = "The grant to read the signing key must go with its ARN."
  }

  assert {
    condition = alltrue([
      for function in local.functions :
      contains(function.grants, "read_oidc_secret") == contains(function.settings, "OIDC_SECRET_ARN")
    ])
    error_message = "The grant to read the provider's secret must go with its ARN."
  }

  assert {
    condition = alltrue([
      for function in local.functions :
      contains(function.grants, "read_chat_secret") == contains(function.settings, "CHAT_SECRET_ARN")
    ])
    error_message = "The grant to read the chat secret must go with its ARN."
  }

  assert {
    condition = alltrue([
      for function in local.functions :
      contains(function.grants, "publish_notices") == contains(function.settings, "TOPIC_ARN")
    ])
    error_message = "The grant to publish must go with the topic's ARN."
  }

  assert {
    condition = length(setintersection(
      data.aws_iam_policy_document.use_table["approval_api"].statement[0].actions,
      ["dynamodb:DeleteItem", "dynamodb:BatchWriteItem", "dynamodb:Scan"],
    )) == 0
    error_message = "approval_api must neither delete nor scan."
  }

  assert {
    condition = local.functions.approval_api.grants == [
      "read_approval_secret", "read_chat_secret", "resume_executions", "update_approvals_alone", "put_audit_entries_alone",
    ]
    error_message = "approval_api must have no other grant, and be kept to approvals and their trail."
  }

  assert {
    condition = local.functions.request_approval.grants == [
      "read_approval_secret", "read_chat_secret", "publish_notices", "resume_executions", "update_approvals_alone",
    ]
    error_message = "request_approval hands on what was decided between two tries, and must have no other grant."
  }
}

run "who_takes_answers_writes_approvals_and_their_trail_alone" {
  command = plan

  assert {
    condition = alltrue([
      for statement in concat(
        data.aws_iam_policy_document.update_approvals_alone.statement,
        data.aws_iam_policy_document.put_audit_entries_alone.statement,
      ) : statement.effect == "Deny"
    ])
    error_message = "What keeps a function to its items must deny."
  }

  assert {
    condition = {
      for statement in concat(
        data.aws_iam_policy_document.update_approvals_alone.statement,
        data.aws_iam_policy_document.put_audit_entries_alone.statement,
      ) :
      "${statement.sid} ${join(",", statement.actions)}" => toset([
        for condition in statement.condition :
        "${condition.test} ${condition.variable} ${join(",", sort(condition.values))}"
      ])
      } == {
      "UpdateApprovalsAndTheirTrailAlone dynamodb:UpdateItem" = toset([
        "ForAnyValue:StringNotLike dynamodb:LeadingKeys APPROVAL#*,AUDIT#*",
      ])
      "PutApprovalsAndTheirTrailAlone dynamodb:PutItem" = toset([
        "ForAnyValue:StringNotLike dynamodb:LeadingKeys APPROVAL#*,AUDIT#*",
      ])
      "PutNoApproval dynamodb:PutItem" = toset([
        "ForAllValues:StringLike dynamodb:LeadingKeys APPROVAL#*", "Null dynamodb:LeadingKeys false",
      ])
    }
    error_message = "No item but approvals and their trail may be written, and no approval put."
  }
}

run "chat_is_off" {
  command = plan

  assert {
    condition     = length(aws_secretsmanager_secret.chat) + length(aws_secretsmanager_secret_version.chat) + length(data.aws_iam_policy_document.read_chat_secret) == 0
    error_message = "Without chat_enabled there must be no chat secret, and no grant to read one."
  }

  assert {
    condition     = local.settings.CHAT_SECRET_ARN == ""
    error_message = "Without a chat secret its ARN must be empty."
  }

  assert {
    condition     = aws_api_gateway_method.webhook.http_method == "POST"
    error_message = "The webhook must take POST alone."
  }
}

run "an_audit_entry_stays_as_it_was_written" {
  command = plan

  assert {
    condition     = one(data.aws_iam_policy_document.append_to_audit.statement).effect == "Deny"
    error_message = "No function may change what was decided."
  }

  assert {
    condition = length(setintersection(
      one(data.aws_iam_policy_document.append_to_audit.statement).actions,
      ["dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"],
    )) == 3
    error_message = "An entry must neither be updated nor deleted, alone or among others."
  }

  assert {
    condition = toset([
      for condition in one(data.aws_iam_policy_document.append_to_audit.statement).condition :
      "${condition.test} ${condition.variable} ${join(",", condition.values)}"
    ]) == toset(["ForAllValues:StringLike dynamodb:LeadingKeys AUDIT#*", "Null dynamodb:LeadingKeys false"])
    error_message = "It must hold for every incident's entries, and for these alone."
  }
}

run "the_console_reads_and_signs_people_in" {
  command = plan

  assert {
    condition = toset(data.aws_iam_policy_document.use_table["console"].statement[0].actions) == toset([
      "dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem",
    ])
    error_message = "The console must only read, update sign-ins and switch automation."
  }

  assert {
    condition     = local.functions.console.grants == ["read_approval_secret", "publish_notices", "keep_to_what_is_shown", "read_oidc_secret"]
    error_message = "The console must have no other grant."
  }

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.keep_to_what_is_shown.statement : statement.effect == "Deny"
    ])
    error_message = "What keeps the console to its items must deny."
  }

  assert {
    condition = {
      for statement in data.aws_iam_policy_document.keep_to_what_is_shown.statement :
      statement.sid => toset(flatten([for condition in statement.condition : condition.values]))
      } == {
      NeverReadTaskTokens            = toset(["task_token"])
      NeverReadWholeApprovals        = toset(["APPROVAL#*", "true"])
      UpdateSignInsAndTheSwitchAlone = toset(["SIGNIN#*", "CONTROL"])
      PutTheSwitchAlone              = toset(["CONTROL"])
    }
    error_message = "The console must not see task tokens, nor change anything but sign-ins and the switch."
  }

  assert {
    condition = toset(keys(aws_api_gateway_method.console)) == toset([
      "console GET", "console HEAD", "console POST", "pages GET", "pages HEAD", "pages POST",
    ])
    error_message = "The console must take GET, HEAD and POST alone."
  }

  assert {
    condition     = output.console_url == "https://api1234567.execute-api.eu-west-1.amazonaws.com/v1/console"
    error_message = "The console's address must lie beside that of approvals."
  }
}

run "a_new_console_lets_in_by_one_time_links_alone" {
  command = plan

  assert {
    condition     = length(aws_secretsmanager_secret.oidc) + length(aws_secretsmanager_secret_version.oidc) == 0
    error_message = "Without a provider there is no secret for it."
  }

  assert {
    condition     = contains(local.grants_left_out, "read_oidc_secret") && module.function["console"].environment.OIDC_SECRET_ARN == ""
    error_message = "Without a provider the console must be granted nothing for it."
  }

  assert {
    condition     = alltrue([for method in aws_api_gateway_method.console : method.authorization == "NONE"])
    error_message = "Browsers sign no requests."
  }
}

run "a_new_stack_watches_and_is_watched" {
  command = plan

  assert {
    condition     = aws_cloudwatch_event_rule.cycle.schedule_expression == "rate(5 minutes)"
    error_message = "300 seconds are five minutes."
  }

  assert {
    condition     = aws_cloudwatch_event_rule.cycle.state == "ENABLED"
    error_message = "A new stack must watch."
  }

  assert {
    condition     = aws_cloudwatch_event_target.cycle.input == null
    error_message = "The workflow reads the scheduled event itself."
  }

  assert {
    condition     = toset(keys(aws_cloudwatch_metric_alarm.execution)) == toset(["ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"])
    error_message = "Every bad end of an execution must raise an alarm."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.silence.treat_missing_data == "breaching" && aws_cloudwatch_metric_alarm.silence.period == 300 && aws_cloudwatch_metric_alarm.silence.evaluation_periods == 3
    error_message = "Three intervals without a cycle must raise an alarm."
  }

  assert {
    condition = alltrue([
      for alarm in concat(
        values(aws_cloudwatch_metric_alarm.execution),
        [
          aws_cloudwatch_metric_alarm.silence,
          aws_cloudwatch_metric_alarm.qlik_unreachable,
          aws_cloudwatch_metric_alarm.history,
          aws_cloudwatch_metric_alarm.precedent,
          aws_cloudwatch_metric_alarm.model_budget,
          aws_cloudwatch_metric_alarm.schedule,
          aws_cloudwatch_metric_alarm.approval_address,
        ],
      ) : endswith(alarm.alarm_description, "See docs/OPERATIONS.md.") && alarm.alarm_actions == toset([aws_sns_topic.alarms.arn])
    ])
    error_message = "Every alarm must reach people and say where to read on."
  }

  assert {
    condition     = aws_sns_topic.notices.kms_master_key_id == "alias/aws/sns" && aws_sns_topic.alarms.kms_master_key_id == null
    error_message = "Notices are encrypted; alarms cannot publish to a topic under AWS's own key."
  }
}

run "a_new_stack_keeps_history_links_and_secrets_to_itself" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.history.deletion_protection_enabled && aws_dynamodb_table.history.point_in_time_recovery[0].enabled && aws_dynamodb_table.history.server_side_encryption[0].enabled
    error_message = "The table must be protected, recoverable and encrypted."
  }

  assert {
    condition     = aws_dynamodb_table.history.hash_key == "pk" && aws_dynamodb_table.history.range_key == "sk" && aws_dynamodb_table.history.ttl[0].attribute_name == "expires_at"
    error_message = "The functions read and write pk, sk and expires_at."
  }

  assert {
    condition     = !aws_sfn_state_machine.monitor.logging_configuration[0].include_execution_data
    error_message = "Execution data holds task tokens."
  }

  assert {
    condition     = !one(aws_api_gateway_method_settings.approvals.settings).data_trace_enabled && one(aws_api_gateway_method_settings.approvals.settings).logging_level == "OFF"
    error_message = "API Gateway's own logs hold the link."
  }

  assert {
    condition     = toset(keys(aws_api_gateway_method.approval)) == toset(["GET", "HEAD", "POST"])
    error_message = "The approval address must take GET, HEAD and POST alone."
  }

  assert {
    condition     = length(aws_security_group.functions) + length(aws_vpc_endpoint.interface) + length(aws_vpc_endpoint.dynamodb) == 0
    error_message = "Without a VPC there is no network."
  }

  assert {
    condition     = length(aws_cloudtrail.audit) + length(aws_s3_bucket.audit) + length(aws_api_gateway_account.this) + length(aws_cloudwatch_log_group.api) == 0
    error_message = "Trail, account settings and access logs are for those who ask."
  }

  assert {
    condition     = length(aws_secretsmanager_secret_version.qlik) + length(aws_secretsmanager_secret_version.openai) == 0
    error_message = "Without values Terraform must write none."
  }

  assert {
    condition     = aws_secretsmanager_secret_version.approval.secret_string == null
    error_message = "The signing key must not stand in the state."
  }

  assert {
    condition     = !anytrue([for output in [output.approval_base_url, output.table_name, output.state_machine_arn, output.topic_arn] : issensitive(output)])
    error_message = "Outputs must not be made of secrets."
  }
}
