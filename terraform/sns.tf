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

# A request for approval bears the attribute `approver` where its link is one person's own: that person
# alone gets it. What bears none is for all of alert_emails. The filter stands there also where nobody is
# named, as SNS takes up to 15 minutes to heed a new one. An address has one subscription of a topic.
resource "aws_sns_topic_subscription" "notices" {
  for_each = setunion(var.alert_emails, [for name in local.approvers : name if strcontains(name, "@")])

  topic_arn           = aws_sns_topic.notices.arn
  protocol            = "email"
  endpoint            = each.value
  filter_policy_scope = "MessageAttributes"

  filter_policy = jsonencode({
    approver = concat(
      [for name in local.approvers : name if name == each.value],
      [for email in toset(var.alert_emails) : { exists = false } if email == each.value],
    )
  })
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
