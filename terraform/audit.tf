# A trail of who called which AWS API: who read a secret, who started or stopped a cycle. Off by
# default, as many accounts have a trail of the organisation already.

locals {
  trail_arn = "arn:${local.partition}:cloudtrail:${local.region}:${local.account}:trail/${local.name}"
}

resource "aws_cloudtrail" "audit" {
  count = var.cloudtrail_enabled ? 1 : 0

  name                       = local.name
  s3_bucket_name             = aws_s3_bucket.audit[0].id
  enable_log_file_validation = true

  depends_on = [aws_s3_bucket_policy.audit]
}

resource "aws_s3_bucket" "audit" {
  count = var.cloudtrail_enabled ? 1 : 0

  bucket = "${local.name}-audit-${local.account}-${local.region}"
}

resource "aws_s3_bucket_public_access_block" "audit" {
  count = var.cloudtrail_enabled ? 1 : 0

  bucket                  = aws_s3_bucket.audit[0].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_lifecycle_configuration" "audit" {
  count = var.cloudtrail_enabled ? 1 : 0

  bucket = aws_s3_bucket.audit[0].id

  rule {
    id     = "expire"
    status = "Enabled"

    filter {}

    expiration {
      days = var.cloudtrail_retention_days
    }
  }
}

resource "aws_s3_bucket_policy" "audit" {
  count = var.cloudtrail_enabled ? 1 : 0

  bucket = aws_s3_bucket.audit[0].id
  policy = data.aws_iam_policy_document.audit[0].json
}

data "aws_iam_policy_document" "audit" {
  count = var.cloudtrail_enabled ? 1 : 0

  statement {
    sid       = "CheckBucket"
    actions   = ["s3:GetBucketAcl"]
    resources = [aws_s3_bucket.audit[0].arn]

    principals {
      type        = "Service"
      identifiers = ["cloudtrail.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceArn"
      values   = [local.trail_arn]
    }
  }

  statement {
    sid       = "WriteRecords"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.audit[0].arn}/AWSLogs/${local.account}/*"]

    principals {
      type        = "Service"
      identifiers = ["cloudtrail.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "s3:x-amz-acl"
      values   = ["bucket-owner-full-control"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceArn"
      values   = [local.trail_arn]
    }
  }
}
