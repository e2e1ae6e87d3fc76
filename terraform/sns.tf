# What the agent tells people: notices and approval requests. Encrypted, as they name tasks.
resource "aws_sns_topic" "notices" {
  name              = "${local.name}-notices"
  display_name      = "Qlik replication"
  kms_master_key_id = coalesce(var.kms_key_arn, "alias/aws/sns")
}

# What CloudWatch tells about the agent. A topic of its own: alarms cannot publish to one that is
# encrypted with AWS's own key, and an alarm's text holds nothing secret.
resource "aws_sns_topic" "alarms" {
  name              = "${local.name}-alarms"
  display_name      = "Qlik agent"
  kms_master_key_id = var.kms_key_arn
}

resource "aws_sns_topic_subscription" "notices" {
  for_each = toset(var.alert_emails)

  topic_arn = aws_sns_topic.notices.arn
  protocol  = "email"
  endpoint  = each.value
}

resource "aws_sns_topic_subscription" "alarms" {
  for_each = toset(var.alert_emails)

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}

resource "aws_sns_topic_policy" "notices" {
  arn    = aws_sns_topic.notices.arn
  policy = data.aws_iam_policy_document.notices.json
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.alarms.json
}

data "aws_iam_policy_document" "notices" {
  statement {
    sid       = "RefusePlainHttp"
    effect    = "Deny"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.notices.arn]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

data "aws_iam_policy_document" "alarms" {
  statement {
    sid       = "PublishAlarms"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}
