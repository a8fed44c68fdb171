using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Lodestone.Api.Json;
using Lodestone.Api.Meta;
using Lodestone.ApiServer.Json;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Endpoints;

/// <summary>Writes answers.</summary>
internal static class Responses
{
    private const int LongestWarning = 256;
    private const int WarningBudget = 4096;

    /// <summary>A finished JSON text.</summary>
    public static Task JsonAsync(HttpContext http, int code, ReadOnlyMemory<byte> json, string contentType = "application/json")
    {
        http.Response.StatusCode = code;
        http.Response.ContentType = contentType;
        http.Response.ContentLength = json.Length;
        return http.Response.Body.WriteAsync(json, http.RequestAborted).AsTask();
    }

    /// <summary>JSON as it is written.</summary>
    public static Task JsonAsync(HttpContext http, int code, Action<Utf8JsonWriter> write, string contentType = "application/json") =>
        JsonAsync(http, code, Write(write), contentType);

    /// <summary>Plain text.</summary>
    public static Task TextAsync(HttpContext http, int code, string text, string contentType = "text/plain; charset=utf-8")
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        http.Response.StatusCode = code;
        http.Response.ContentType = contentType;
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.ContentLength = bytes.Length;
        return http.Response.Body.WriteAsync(bytes, http.RequestAborted).AsTask();
    }

    /// <summary>A failure.</summary>
    public static Task ErrorAsync(HttpContext http, ApiException error)
    {
        if (error.Status.Details?.RetryAfterSeconds is { } seconds)
        {
            http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        return JsonAsync(http, error.Code, StatusJson(error));
    }

    /// <summary>The Status of a failure.</summary>
    public static byte[] StatusJson(ApiException error)
    {
        byte[] json = Write(writer => JsonSerializer.Serialize(writer, error.Status, ApiJsonContext.Default.Status));
        if (error.Data["continue"] is not string token)
        {
            return json;
        }

        var value = JsonTree.ParseObject(json);
        value.Object("metadata")!["continue"] = token;
        return Write(writer => value.WriteTo(writer));
    }

    /// <summary>The answer to a deletion that is done.</summary>
    public static Task DeletedAsync(HttpContext http, StatusDetails details) => JsonAsync(
        http,
        200,
        JsonSerializer.SerializeToUtf8Bytes(
            new Status { ApiVersion = "v1", Kind = "Status", Outcome = "Success", Details = details },
            ApiJsonContext.Default.Status));

    /// <summary>Adds <c>Warning</c> headers, each text once; where they are more than 4096 characters together, each is cut at 256, and what is still too much is left out.</summary>
    public static void AddWarnings(HttpContext http, IEnumerable<string> warnings)
    {
        string[] texts = [.. warnings.Where(w => w.Length > 0).Distinct()];
        bool isCut = texts.Sum(t => t.Length) > WarningBudget;
        int total = 0;
        foreach (string warning in texts)
        {
            string text = string.Concat((isCut && warning.Length > LongestWarning ? warning[..LongestWarning] : warning).Where(c => !char.IsControl(c)));
            total += text.Length;
            string quoted = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
            http.Response.Headers.Append("Warning", $"299 - \"{quoted}\"");
            if (total >= WarningBudget)
            {
                return;
            }
        }
    }

    /// <summary>JSON bytes.</summary>
    public static byte[] Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, JsonTree.WriterOptions))
        {
            write(writer);
        }

        return buffer.WrittenSpan.ToArray();
    }
}
