using System.Text.Json;
using Lodestone.ApiServer.FieldManagement;

namespace Lodestone.ApiServer.Tests.FieldManagement;

public sealed class FieldsV1Tests
{
    [Theory]
    [InlineData("{}")]
    [InlineData("""{"f:a":{}}""")]
    [InlineData("""{"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:ports":{"k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:port":{}}}}}""")]
    [InlineData("""{"f:a":{".":{},"f:b":{".":{},"f:c":{}}},"v:\"x\"":{},"v:true":{},"i:3":{}}""")]
    [InlineData("""{"f:finalizers":{"v:1":{},"v:\"a\"":{},"v:\"b\\\"c\"":{}}}""")]
    [InlineData("""{"f:":{},"f:ä":{},"f:日本":{}}""")]
    public void Write_ParsedText_IsTheSame(string text) => Assert.Equal(text, Sample.Text(FieldsV1.Parse(System.Text.Encoding.UTF8.GetBytes(text))));

    [Theory]
    [InlineData("{'f:b':{},'f:a':{}}", "{'f:a':{},'f:b':{}}")]
    [InlineData("{'i:1':{},'v:1':{},'k:{\\'a\\':1}':{},'f:z':{}}", "{'f:z':{},'k:{\\'a\\':1}':{},'v:1':{},'i:1':{}}")]
    [InlineData("{'k:{\\'b\\':2,\\'a\\':1}':{}}", "{'k:{\\'a\\':1,\\'b\\':2}':{}}")]
    [InlineData("{'f:a':{'f:b':{}},'f:a':{'f:c':{}}}", "{'f:a':{'f:b':{},'f:c':{}}}")]
    [InlineData("{'f:a':{'.':{}}}", "{'f:a':{}}")]
    [InlineData("{'.':{},'f:a':{}}", "{'f:a':{}}")]
    [InlineData("{'f:a':{},'x:y':{'f:b':{}}}", "{'f:a':{}}")]
    public void Write_TextInAnotherForm_IsNormalized(string text, string expected) => Assert.Equal(Sample.Json(expected), Sample.Text(Sample.Set(text)));

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{'f:a':1}")]
    [InlineData("{'f:a':{}}{}")]
    [InlineData("{'f':{}}")]
    [InlineData("{'foo':{}}")]
    [InlineData("{'k:1':{}}")]
    [InlineData("{'k:{':{}}")]
    [InlineData("{'v:':{}}")]
    [InlineData("{'v:1 2':{}}")]
    [InlineData("{'i:a':{}}")]
    [InlineData("{'i:1x':{}}")]
    public void Parse_Malformed_IsRefused(string text) => Assert.ThrowsAny<JsonException>(() => Sample.Set(text));

    [Theory]
    [InlineData("{'f:spec':{'f:x':{}}}", ".spec.x")]
    [InlineData("{'f:spec':{'f:ports':{'k:{\\'port\\':80,\\'protocol\\':\\'TCP\\'}':{'f:port':{}}}}}", ".spec.ports[port=80,protocol=\"TCP\"].port")]
    [InlineData("{'f:finalizers':{'v:\\'a/b\\'':{}}}", ".finalizers[=\"a/b\"]")]
    [InlineData("{'f:a':{'i:3':{}}}", ".a[3]")]
    [InlineData("{'f:a':{'v:1.5':{},'v:true':{}}}", ".a[=1.5]\n.a[=true]")]
    public void ToString_Set_ShowsPaths(string text, string expected) => Assert.Equal(expected, Sample.Set(text).ToString());
}
