resource "aws_cloudwatch_event_rule" "cycle" {
  name                = "${local.name}-cycle"
  description         = "Starts a monitoring cycle."
  schedule_expression = local.cycle_minutes == 1 ? "rate(1 minute)" : "rate(${local.cycle_minutes} minutes)"
  state               = var.schedule_enabled ? "ENABLED" : "DISABLED"
}

# No `input`: the workflow takes the scheduled event as it comes.
resource "aws_cloudwatch_event_target" "cycle" {
  rule     = aws_cloudwatch_event_rule.cycle.name
  arn      = aws_sfn_state_machine.monitor.arn
  role_arn = aws_iam_role.schedule.arn

  # A start that is late by a whole cycle is better dropped: the next one reads the same tasks.
  retry_policy {
    maximum_event_age_in_seconds = var.monitoring_interval_seconds
    maximum_retry_attempts       = 10
  }
}

resource "aws_iam_role" "schedule" {
  name               = "${local.name}-schedule"
  assume_role_policy = data.aws_iam_policy_document.schedule_trust.json
}

resource "aws_iam_role_policy" "schedule" {
  name   = "start-cycles"
  role   = aws_iam_role.schedule.id
  policy = data.aws_iam_policy_document.schedule.json
}

data "aws_iam_policy_document" "schedule_trust" {
  statement {
    sid     = "EventBridge"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

data "aws_iam_policy_document" "schedule" {
  statement {
    sid       = "StartCycles"
    actions   = ["states:StartExecution"]
    resources = [local.state_machine_arn]
  }
}
