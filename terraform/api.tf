# The address people follow from a notice, and the console's. API Gateway asks for no login: the
# signature in a link is the permission, and approval_api checks it; console checks its sessions,
# behind IAM where console_authorization says so.

locals {
  api_stage   = "v1"
  api_methods = toset(["GET", "HEAD", "POST"])

  api_address = var.localstack_endpoint == null ? (
    "https://${aws_api_gateway_rest_api.approvals.id}.execute-api.${local.region}.${data.aws_partition.current.dns_suffix}"
    ) : (
    "${var.localstack_endpoint}/_aws/execute-api/${aws_api_gateway_rest_api.approvals.id}"
  )

  # Put together here, as the stage's own invoke_url would close a circle through approval_api.
  approval_base_url = "${local.api_address}/${local.api_stage}"
}

resource "aws_api_gateway_rest_api" "approvals" {
  name        = "${local.name}-approvals"
  description = "Shows proposals to people and takes their answers."

  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

resource "aws_api_gateway_resource" "approvals" {
  rest_api_id = aws_api_gateway_rest_api.approvals.id
  parent_id   = aws_api_gateway_rest_api.approvals.root_resource_id
  path_part   = "approvals"
}

resource "aws_api_gateway_resource" "approval" {
  rest_api_id = aws_api_gateway_rest_api.approvals.id
  parent_id   = aws_api_gateway_resource.approvals.id
  path_part   = "{id}"
}

resource "aws_api_gateway_method" "approval" {
  for_each = local.api_methods

  rest_api_id   = aws_api_gateway_rest_api.approvals.id
  resource_id   = aws_api_gateway_resource.approval.id
  http_method   = each.value
  authorization = "NONE"
}

resource "aws_api_gateway_integration" "approval" {
  for_each = aws_api_gateway_method.approval

  rest_api_id             = aws_api_gateway_rest_api.approvals.id
  resource_id             = aws_api_gateway_resource.approval.id
  http_method             = each.value.http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = module.function["approval_api"].invoke_arn
}

# Answers of a chat tool, which signs them. Without chat the function refuses each.
resource "aws_api_gateway_resource" "webhook" {
  rest_api_id = aws_api_gateway_rest_api.approvals.id
  parent_id   = aws_api_gateway_rest_api.approvals.root_resource_id
  path_part   = "webhook"
}

resource "aws_api_gateway_method" "webhook" {
  rest_api_id   = aws_api_gateway_rest_api.approvals.id
  resource_id   = aws_api_gateway_resource.webhook.id
  http_method   = "POST"
  authorization = "NONE"
}

resource "aws_api_gateway_integration" "webhook" {
  rest_api_id             = aws_api_gateway_rest_api.approvals.id
  resource_id             = aws_api_gateway_resource.webhook.id
  http_method             = aws_api_gateway_method.webhook.http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = module.function["approval_api"].invoke_arn
}

resource "aws_lambda_permission" "webhook" {
  statement_id  = "ChatAddress"
  action        = "lambda:InvokeFunction"
  function_name = module.function["approval_api"].name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.approvals.execution_arn}/${local.api_stage}/POST/webhook"
}

resource "aws_lambda_permission" "approval_api" {
  statement_id  = "ApprovalAddress"
  action        = "lambda:InvokeFunction"
  function_name = module.function["approval_api"].name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.approvals.execution_arn}/${local.api_stage}/*/approvals/*"
}

# The console: its first page, and everything below it.
resource "aws_api_gateway_resource" "console" {
  rest_api_id = aws_api_gateway_rest_api.approvals.id
  parent_id   = aws_api_gateway_rest_api.approvals.root_resource_id
  path_part   = "console"
}

resource "aws_api_gateway_resource" "console_pages" {
  rest_api_id = aws_api_gateway_rest_api.approvals.id
  parent_id   = aws_api_gateway_resource.console.id
  path_part   = "{proxy+}"
}

locals {
  console_resources = {
    console = aws_api_gateway_resource.console.id
    pages   = aws_api_gateway_resource.console_pages.id
  }
  console_routes = {
    for route in setproduct(keys(local.console_resources), local.api_methods) :
    join(" ", route) => { resource = local.console_resources[route[0]], method = route[1] }
  }
}

resource "aws_api_gateway_method" "console" {
  for_each = local.console_routes

  rest_api_id   = aws_api_gateway_rest_api.approvals.id
  resource_id   = each.value.resource
  http_method   = each.value.method
  authorization = var.console_authorization
}

resource "aws_api_gateway_integration" "console" {
  for_each = aws_api_gateway_method.console

  rest_api_id             = aws_api_gateway_rest_api.approvals.id
  resource_id             = each.value.resource_id
  http_method             = each.value.http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = module.function["console"].invoke_arn
}

resource "aws_lambda_permission" "console" {
  for_each = toset(["console", "console/*"])

  statement_id  = each.value == "console" ? "ConsoleAddress" : "ConsolePages"
  action        = "lambda:InvokeFunction"
  function_name = module.function["console"].name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.approvals.execution_arn}/${local.api_stage}/*/${each.value}"
}

resource "aws_api_gateway_deployment" "approvals" {
  rest_api_id = aws_api_gateway_rest_api.approvals.id

  # A stage serves what its deployment saw: a change of a route needs a new one.
  triggers = {
    routes = sha256(jsonencode([
      aws_api_gateway_resource.approval.path,
      aws_api_gateway_resource.console_pages.path,
      aws_api_gateway_resource.webhook.path,
      aws_api_gateway_integration.webhook.uri,
      local.api_methods,
      var.console_authorization,
      [for integration in aws_api_gateway_integration.approval : integration.uri],
      [for integration in aws_api_gateway_integration.console : integration.uri],
    ]))
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_stage" "approvals" {
  rest_api_id   = aws_api_gateway_rest_api.approvals.id
  deployment_id = aws_api_gateway_deployment.approvals.id
  stage_name    = local.api_stage
  # A trace of the stage would keep the link.
  xray_tracing_enabled = false

  # The path's pattern, never the path or the query: they are the link.
  dynamic "access_log_settings" {
    for_each = aws_cloudwatch_log_group.api

    content {
      destination_arn = access_log_settings.value.arn
      format = jsonencode({
        request_id = "$context.requestId"
        time       = "$context.requestTime"
        ip         = "$context.identity.sourceIp"
        method     = "$context.httpMethod"
        resource   = "$context.resourcePath"
        status     = "$context.status"
        latency_ms = "$context.responseLatency"
      })
    }
  }

  depends_on = [aws_api_gateway_account.this]
}

resource "aws_api_gateway_method_settings" "approvals" {
  rest_api_id = aws_api_gateway_rest_api.approvals.id
  stage_name  = aws_api_gateway_stage.approvals.stage_name
  method_path = "*/*"

  settings {
    throttling_rate_limit  = var.api_throttle_rate
    throttling_burst_limit = ceil(var.api_throttle_rate) * 2
    metrics_enabled        = true
    # API Gateway's execution log and data trace would write the link down.
    logging_level      = "OFF"
    data_trace_enabled = false
  }
}

resource "aws_cloudwatch_log_group" "api" {
  count = var.api_access_logs_enabled ? 1 : 0

  name              = "/aws/apigateway/${local.name}-approvals"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_api_gateway_account" "this" {
  count = var.manage_api_gateway_account ? 1 : 0

  cloudwatch_role_arn = aws_iam_role.api_gateway_logs[0].arn

  depends_on = [aws_iam_role_policy_attachment.api_gateway_logs]
}

resource "aws_iam_role" "api_gateway_logs" {
  count = var.manage_api_gateway_account ? 1 : 0

  name               = "${local.name}-api-gateway-logs"
  assume_role_policy = data.aws_iam_policy_document.api_gateway_trust.json
}

# AWS's own policy, as this role serves every API of the account.
resource "aws_iam_role_policy_attachment" "api_gateway_logs" {
  count = var.manage_api_gateway_account ? 1 : 0

  role       = aws_iam_role.api_gateway_logs[0].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
}

data "aws_iam_policy_document" "api_gateway_trust" {
  statement {
    sid     = "ApiGateway"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["apigateway.amazonaws.com"]
    }
  }
}
