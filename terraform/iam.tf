# What a function may be granted. functions.tf says which function gets which.
locals {
  grants = {
    read_qlik_secret      = data.aws_iam_policy_document.read_qlik_secret.json
    read_openai_secret    = data.aws_iam_policy_document.read_openai_secret.json
    read_approval_secret  = data.aws_iam_policy_document.read_approval_secret.json
    read_chat_secret      = one(data.aws_iam_policy_document.read_chat_secret[*].json)
    publish_notices       = data.aws_iam_policy_document.publish_notices.json
    resume_executions     = data.aws_iam_policy_document.resume_executions.json
    keep_to_what_is_shown = data.aws_iam_policy_document.keep_to_what_is_shown.json
    read_oidc_secret      = data.aws_iam_policy_document.read_oidc_secret.json

    update_approvals_alone  = data.aws_iam_policy_document.update_approvals_alone.json
    put_audit_entries_alone = data.aws_iam_policy_document.put_audit_entries_alone.json
  }

  # Grants of what this stack does not have.
  grants_left_out = concat(
    local.oidc_enabled ? [] : ["read_oidc_secret"],
    var.chat_enabled ? [] : ["read_chat_secret"],
  )
}

data "aws_iam_policy_document" "read_qlik_secret" {
  statement {
    sid       = "ReadQlikSecret"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [aws_secretsmanager_secret.qlik.arn]
  }
}

data "aws_iam_policy_document" "read_openai_secret" {
  statement {
    sid       = "ReadOpenaiSecret"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [aws_secretsmanager_secret.openai.arn]
  }
}

data "aws_iam_policy_document" "read_approval_secret" {
  statement {
    sid       = "ReadApprovalSecret"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [aws_secretsmanager_secret.approval.arn]
  }
}

data "aws_iam_policy_document" "read_oidc_secret" {
  statement {
    sid       = "ReadOidcSecret"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = aws_secretsmanager_secret.oidc[*].arn
  }
}

# Without chat there is no such secret, and functions.tf leaves the grant out.
data "aws_iam_policy_document" "read_chat_secret" {
  count = var.chat_enabled ? 1 : 0

  statement {
    sid       = "ReadChatSecret"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [aws_secretsmanager_secret.chat[0].arn]
  }
}

# A transaction is allowed by the actions it is made of. tests/workflow/test_whole_product.py
# holds these lists against the calls that each handler really makes.
data "aws_iam_policy_document" "use_table" {
  for_each = local.functions

  statement {
    sid       = "UseTable"
    actions   = [for action in each.value.table : "dynamodb:${action}"]
    resources = [aws_dynamodb_table.history.arn]
  }
}

data "aws_iam_policy_document" "publish_notices" {
  statement {
    sid       = "PublishNotices"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.notices.arn]
  }
}

# AWS checks this action against the state machine whose execution handed out the task token.
data "aws_iam_policy_document" "resume_executions" {
  statement {
    sid       = "ResumeExecutions"
    actions   = ["states:SendTaskSuccess"]
    resources = [local.state_machine_arn]
  }
}

# Of the one table the console changes sign-ins and the switch of automation alone; of approvals,
# which hold the workflow's task tokens, it may read the attributes that it names, if no token is
# among them.
data "aws_iam_policy_document" "keep_to_what_is_shown" {
  statement {
    sid       = "NeverReadTaskTokens"
    effect    = "Deny"
    actions   = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"]
    resources = [aws_dynamodb_table.history.arn]

    condition {
      test     = "ForAnyValue:StringEquals"
      variable = "dynamodb:Attributes"
      values   = ["task_token"]
    }
  }

  statement {
    sid       = "NeverReadWholeApprovals"
    effect    = "Deny"
    actions   = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"]
    resources = [aws_dynamodb_table.history.arn]

    condition {
      test     = "ForAnyValue:StringLike"
      variable = "dynamodb:LeadingKeys"
      values   = ["APPROVAL#*"]
    }

    condition {
      test     = "Null"
      variable = "dynamodb:Attributes"
      values   = ["true"]
    }
  }

  statement {
    sid       = "UpdateSignInsAndTheSwitchAlone"
    effect    = "Deny"
    actions   = ["dynamodb:UpdateItem"]
    resources = [aws_dynamodb_table.history.arn]

    condition {
      test     = "ForAnyValue:StringNotLike"
      variable = "dynamodb:LeadingKeys"
      values   = ["SIGNIN#*", "CONTROL"]
    }
  }

  # A pause and its end replace the item.
  statement {
    sid       = "PutTheSwitchAlone"
    effect    = "Deny"
    actions   = ["dynamodb:PutItem"]
    resources = [aws_dynamodb_table.history.arn]

    condition {
      test     = "ForAnyValue:StringNotEquals"
      variable = "dynamodb:LeadingKeys"
      values   = ["CONTROL"]
    }
  }
}

# Of the one table approval_api, which anybody can reach, changes approvals and adds to their trail:
# whatever a request made it do, it could open no incident, give back no limit and sign nobody in.
# An approval and its entry are written in one transaction. Whether that is judged item by item or
# as a whole, it passes; so the first statement lets each go with the other, and the second wants one
# of the action's own kind. Nothing updates an entry, which append_to_audit says of all.
data "aws_iam_policy_document" "update_approvals_alone" {
  statement {
    sid       = "UpdateApprovalsAndTheirTrailAlone"
    effect    = "Deny"
    actions   = ["dynamodb:UpdateItem"]
    resources = [aws_dynamodb_table.history.arn]

    condition {
      test     = "ForAnyValue:StringNotLike"
      variable = "dynamodb:LeadingKeys"
      values   = ["APPROVAL#*", "AUDIT#*"]
    }
  }
}

data "aws_iam_policy_document" "put_audit_entries_alone" {
  statement {
    sid       = "PutApprovalsAndTheirTrailAlone"
    effect    = "Deny"
    actions   = ["dynamodb:PutItem"]
    resources = [aws_dynamodb_table.history.arn]

    condition {
      test     = "ForAnyValue:StringNotLike"
      variable = "dynamodb:LeadingKeys"
      values   = ["APPROVAL#*", "AUDIT#*"]
    }
  }

  # An approval is asked for by request_approval, and by nobody else.
  statement {
    sid       = "PutNoApproval"
    effect    = "Deny"
    actions   = ["dynamodb:PutItem"]
    resources = [aws_dynamodb_table.history.arn]

    condition {
      test     = "ForAllValues:StringLike"
      variable = "dynamodb:LeadingKeys"
      values   = ["APPROVAL#*"]
    }

    condition {
      test     = "Null"
      variable = "dynamodb:LeadingKeys"
      values   = ["false"]
    }
  }
}

# What was decided about an incident is added to, and neither changed nor removed. Every function gets
# this. That PutItem replaces nothing either, the code sees to by a condition: IAM cannot.
data "aws_iam_policy_document" "append_to_audit" {
  statement {
    sid    = "AppendToAudit"
    effect = "Deny"
    actions = [
      "dynamodb:BatchWriteItem",
      "dynamodb:DeleteItem",
      "dynamodb:PartiQLDelete",
      "dynamodb:PartiQLUpdate",
      "dynamodb:UpdateItem",
    ]
    resources = [aws_dynamodb_table.history.arn]

    # Whether a transaction is judged item by item or as a whole: one that also puts an entry passes.
    condition {
      test     = "ForAllValues:StringLike"
      variable = "dynamodb:LeadingKeys"
      values   = ["AUDIT#*"]
    }

    condition {
      test     = "Null"
      variable = "dynamodb:LeadingKeys"
      values   = ["false"]
    }
  }
}

data "aws_iam_policy_document" "use_key" {
  statement {
    sid       = "UseKey"
    actions   = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:DescribeKey"]
    resources = [var.kms_key_arn == null ? "arn:${local.partition}:kms:${local.region}:${local.account}:key/none" : var.kms_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = [for service in ["dynamodb", "secretsmanager", "sns"] : "${service}.${local.region}.${data.aws_partition.current.dns_suffix}"]
    }
  }
}
