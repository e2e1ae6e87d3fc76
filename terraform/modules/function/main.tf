# What makes every function alike: its role, its log group and its alarms.
resource "aws_lambda_function" "this" {
  function_name                  = var.name
  description                    = var.description
  role                           = aws_iam_role.this.arn
  runtime                        = "python3.13"
  architectures                  = [var.architecture]
  handler                        = var.handler
  filename                       = var.artifact_bucket == null ? var.archive : null
  s3_bucket                      = var.artifact_bucket
  s3_key                         = var.artifact_bucket == null ? null : local.artifact_key
  source_code_hash               = fileexists(var.archive) ? filebase64sha256(var.archive) : null
  layers                         = var.layers
  timeout                        = var.timeout
  memory_size                    = var.memory
  reserved_concurrent_executions = coalesce(var.reserved_concurrency, -1)

  environment {
    variables = var.environment
  }

  tracing_config {
    mode = "Active"
  }

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.this.name
  }

  dynamic "vpc_config" {
    for_each = length(var.subnet_ids) > 0 ? [1] : []

    content {
      subnet_ids         = var.subnet_ids
      security_group_ids = var.security_group_ids
    }
  }

  # In a VPC, Lambda makes its network interfaces with the role's permissions.
  depends_on = [aws_iam_role_policy.this]

  lifecycle {
    precondition {
      condition     = fileexists(var.archive)
      error_message = "${var.archive} is missing: run `make build` first."
    }
  }
}

# The key names the content, so that an archive left from another build is never deployed.
locals {
  artifact_key = "functions/${trimsuffix(basename(var.archive), ".zip")}-${fileexists(var.archive) ? filesha256(var.archive) : ""}.zip"
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = {
    Errors    = "fails in two of three five-minute spans. Read its log for the error's name and mend the cause."
    Throttles = "is held back by Lambda. Raise the account's concurrency limit, or its entry in reserved_concurrency."
  }

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "Function ${var.name} ${each.value} See docs/OPERATIONS.md."
  namespace           = "AWS/Lambda"
  metric_name         = each.key
  dimensions          = { FunctionName = aws_lambda_function.this.function_name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
  ok_actions          = [var.alarm_topic_arn]
}
