# Alarms about the agent itself; what it finds about tasks travels as notices. Errors and throttles
# of each function stand in modules/function.

locals {
  runbook = "See docs/OPERATIONS.md."

  execution_alarms = {
    ExecutionsFailed   = "A monitoring cycle failed. Open the execution in Step Functions, read the failed state's error and mend its cause."
    ExecutionsTimedOut = "A monitoring cycle ran out of time. Look at the execution in Step Functions for the state it hung in."
    ExecutionsAborted  = "Somebody stopped a monitoring cycle. Its incidents stay open: check who did it and why."
  }
}

resource "aws_cloudwatch_metric_alarm" "execution" {
  for_each = local.execution_alarms

  alarm_name          = "${local.name}-${each.key}"
  alarm_description   = "${each.value} ${local.runbook}"
  namespace           = "AWS/States"
  metric_name         = each.key
  dimensions          = { StateMachineArn = aws_sfn_state_machine.monitor.arn }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

# The agent cannot report its own silence: no data is the alarm.
resource "aws_cloudwatch_metric_alarm" "silence" {
  alarm_name          = "${local.name}-no-cycle-completed"
  alarm_description   = "No monitoring cycle completed for three intervals: nobody watches the tasks. Check the EventBridge rule and the latest executions. ${local.runbook}"
  namespace           = local.metrics_namespace
  metric_name         = "CyclesCompleted"
  dimensions          = { service = local.name }
  statistic           = "Sum"
  period              = var.monitoring_interval_seconds
  evaluation_periods  = 3
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
  actions_enabled     = var.schedule_enabled
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "qlik_unreachable" {
  alarm_name          = "${local.name}-qlik-unreachable"
  alarm_description   = "Qlik could not be read in two cycles in a row. Check that Qlik Enterprise Manager runs, that its address is reachable from the functions and that its credentials are valid. ${local.runbook}"
  namespace           = local.metrics_namespace
  metric_name         = "QlikUnreachable"
  dimensions          = { service = local.name }
  statistic           = "Sum"
  period              = var.monitoring_interval_seconds
  evaluation_periods  = 2
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

# A cycle goes on without its history, so nothing else would tell.
resource "aws_cloudwatch_metric_alarm" "history" {
  alarm_name          = "${local.name}-history-not-written"
  alarm_description   = "The readings of a cycle could not be kept, so trends will have a gap there; monitoring itself goes on. Read the log of monitor-tasks for the reason. ${local.runbook}"
  namespace           = local.metrics_namespace
  metric_name         = "HistoryNotWritten"
  dimensions          = { service = local.name }
  statistic           = "Sum"
  period              = var.monitoring_interval_seconds
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

# An incident ends without its precedent, so nothing else would tell.
resource "aws_cloudwatch_metric_alarm" "precedent" {
  alarm_name          = "${local.name}-precedent-not-written"
  alarm_description   = "The outcome of a restart could not be kept, so later confidences and the calibration lack it; the incident ended as ever. Read the log of verify-recovery for the reason. ${local.runbook}"
  namespace           = local.metrics_namespace
  metric_name         = "PrecedentNotWritten"
  dimensions          = { service = local.name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

# The rules go on alone, and every proposal says so; nobody may be reading them. It lasts for an hour
# after the last refusal: one alarm for a day's end, not one for each incident.
resource "aws_cloudwatch_metric_alarm" "model_budget" {
  alarm_name          = "${local.name}-model-budget-spent"
  alarm_description   = "The model was not asked because that could have cost more than a day allows; the rules decide until midnight, UTC. Look at what was asked today before you raise a cap. ${local.runbook}"
  namespace           = local.metrics_namespace
  metric_name         = "ModelBudgetSpent"
  dimensions          = { service = local.name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 12
  datapoints_to_alarm = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "schedule" {
  alarm_name          = "${local.name}-schedule-failed"
  alarm_description   = "EventBridge could not start a monitoring cycle. Check the role of the rule and that the state machine exists. ${local.runbook}"
  namespace           = "AWS/Events"
  metric_name         = "FailedInvocations"
  dimensions          = { RuleName = aws_cloudwatch_event_rule.cycle.name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "approval_address" {
  alarm_name          = "${local.name}-approval-address-failed"
  alarm_description   = "The approval address answered with an error of its own, so people may be unable to answer proposals. Read the logs of approval-api and console. ${local.runbook}"
  namespace           = "AWS/ApiGateway"
  metric_name         = "5XXError"
  dimensions          = { ApiName = aws_api_gateway_rest_api.approvals.name, Stage = local.api_stage }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}
