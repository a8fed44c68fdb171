using Lodestone.ApiServer.Json;
using Lodestone.ApiServer.Tests.FieldManagement;

namespace Lodestone.ApiServer.Tests.Json;

public sealed class ValueTests
{
    [Theory]
    [InlineData("1", "1.0", true)]
    [InlineData("1", "1.5", false)]
    [InlineData("9007199254740993", "9007199254740992", false)]
    [InlineData("1", "'1'", false)]
    [InlineData("'a'", "'a'", true)]
    [InlineData("true", "true", true)]
    [InlineData("true", "false", false)]
    [InlineData("null", "null", true)]
    [InlineData("null", "{}", false)]
    [InlineData("[]", "{}", false)]
    [InlineData("[1,2]", "[1,2]", true)]
    [InlineData("[1,2]", "[2,1]", false)]
    [InlineData("{'a':1,'b':2}", "{'b':2.0,'a':1}", true)]
    [InlineData("{'a':1}", "{'a':1,'b':null}", false)]
    [InlineData("{'a':1,'a':2}", "{'a':2}", true)]
    public void Equals_TwoValues_ComparesWhatTheyMean(string left, string right, bool expected)
    {
        Value a = Sample.Value(left), b = Sample.Value(right);

        Assert.Equal(expected, a == b);
        Assert.Equal(expected, b == a);
        Assert.Equal(expected, a.CompareTo(b) == 0);
        Assert.True(!expected || a.GetHashCode() == b.GetHashCode());
    }

    [Fact]
    public void CompareTo_EveryKind_NumbersThenStringsBooleansListsMapsNull()
    {
        string[] sorted = ["-1", "0.5", "1", "2", "''", "'a'", "'b'", "false", "true", "[]", "[1]", "[1,1]", "[2]", "{}", "{'a':1}", "{'a':2}", "{'b':0}", "null"];

        Value[] values = [.. sorted.Reverse().Select(Sample.Value)];
        Array.Sort(values);

        Assert.Equal(sorted.Select(Sample.Json), values.Select(Sample.Text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}x")]
    [InlineData("1e999")]
    [InlineData("nul")]
    public void Read_NoJson_IsRefused(string text) => Assert.ThrowsAny<System.Text.Json.JsonException>(() => Sample.Value(text));

    [Fact]
    public void ReadObject_ManagedFields_AreLeftOutOfMetadataOnly()
    {
        Value value = ValueReader.ReadObject("""{"metadata":{"name":"a","managedFields":[{}]},"spec":{"managedFields":[1],"metadata":{"managedFields":2}}}"""u8);

        Assert.Equal("""{"metadata":{"name":"a"},"spec":{"managedFields":[1],"metadata":{"managedFields":2}}}""", Sample.Text(value));
    }

    [Fact]
    public void ToString_Value_IsAsMessagesShowIt()
    {
        Assert.Equal("\"a\\\"b\\n\"", Value.Of("a\"b\n").ToString());
        Assert.Equal("1.5", Value.Of(1.5).ToString());
        Assert.Equal("80", Value.Of(80).ToString());
        Assert.Equal("true", Value.Of(true).ToString());
        Assert.Equal("null", Value.Null.ToString());
    }
}
